package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
)

func (c *cli) ingestByServer(cmd *cobra.Command, f ingestFlags, path string) error {
	if err := errors.Join(
		apart(cmd, "an ingester may say who reads a document, not who is in a group; end the server and ingest into its data directory, or give each line its relationships", "acl"),
		apart(cmd, "the tenant is that of the token", "tenant"),
		apart(cmd, "it takes the data directory; end the server first", "reindex"),
	); err != nil {
		return err
	}
	f.tenant = "-" // the token's, which only the server knows
	options, err := f.options()
	if err != nil {
		return err
	}
	server, err := f.remote.connect(c.environ)
	if err != nil {
		return err
	}
	reader, err := jsonl.Open(path, c.in, options)
	if err != nil {
		return err
	}
	defer reader.Close()
	total, err := c.send(cmd.Context(), server, f.source, reader)
	if errors.Is(err, eyeshot.ErrForbidden) {
		err = fmt.Errorf("%w; it takes a token of an ingester or admin of its tenant", err)
	}
	if err != nil && total.Documents == 0 {
		return err
	}
	return errors.Join(c.print(total, renderSent(total)), err, refusedError(total.refused(), total.Documents))
}

// send posts the documents in batches, in the order of the file.
func (c *cli) send(ctx context.Context, server *serverClient, source string, reader *jsonl.Reader) (sent, error) {
	total := sent{Refused: map[connectors.Kind]int{}}
	bar := c.newBar(reader)
	defer bar.end()
	var lot batch
	flush := func() error {
		if len(lot.items) == 0 {
			return nil
		}
		err := lot.post(ctx, server, source, &total)
		lot = batch{}
		bar.update(total.Documents)
		return err
	}
	for item, err := range reader.Items(ctx) {
		var line json.RawMessage
		if err == nil {
			line, err = lineOf(item)
		}
		if err == nil && lot.full(len(line)) {
			err = flush()
		}
		if err != nil {
			return total, total.stopped(ctx, err)
		}
		lot.add(item, line)
	}
	return total, total.stopped(ctx, flush())
}
