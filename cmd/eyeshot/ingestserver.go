package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// What one upsert holds at most: well below the server's defaults for
// http.max_documents and http.max_body_bytes.
const (
	batchDocuments = 100
	batchBytes     = 4 << 20 // of texts
	mostProblems   = 1000    // that are named, beyond which they are counted
)

// sent says what became of the documents that a server was sent.
type sent struct {
	Documents       int                     `json:"documents"`
	Written         int                     `json:"written"`
	Unchanged       int                     `json:"unchanged"`
	Duplicates      int                     `json:"duplicates"`
	Refused         map[connectors.Kind]int `json:"refused"`
	Problems        []indexer.Problem       `json:"problems,omitempty"`
	ProblemsOmitted int                     `json:"problems_omitted,omitempty"`
}

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

func (s sent) refused() int {
	n := 0
	for _, count := range s.Refused {
		n += count
	}
	return n
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
		if err == nil && !lot.takes(item) {
			err = flush()
		}
		if err != nil {
			return total, total.stopped(ctx, err)
		}
		lot.add(item)
	}
	return total, total.stopped(ctx, flush())
}

// stopped says how far it got.
func (s sent) stopped(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted after %d documents; the same command sends all of them again, and what is unchanged is not embedded again", s.Documents)
	case s.Documents > 0:
		return fmt.Errorf("stopped after %d documents: %w", s.Documents, err)
	}
	return err
}

// batch is what goes into one upsert.
type batch struct {
	items []connectors.Item
	bytes int // of their texts
}

func (b *batch) takes(item connectors.Item) bool {
	return len(b.items) < batchDocuments && (len(b.items) == 0 || b.bytes+len(item.Document.Text) <= batchBytes)
}

func (b *batch) add(item connectors.Item) {
	b.items = append(b.items, item)
	b.bytes += len(item.Document.Text)
}

// post sends the batch, and adds what became of it to the total. Of what was
// refused here already, what can be named is sent without relationships.
//
// SECURITY: a line that can't be read may be the news that fewer people may
// read its document, so the server has to withdraw what it has of it.
func (b *batch) post(ctx context.Context, server *serverClient, source string, total *sent) error {
	var lines []jsonl.Line
	var places []int // of lines, in the batch
	for i, item := range b.items {
		if item.Document.Object != "" {
			lines, places = append(lines, lineOf(item)), append(places, i)
		}
	}
	var answer httpapi.UpsertResponse
	if len(lines) > 0 {
		body := map[string]any{"source": source, "documents": lines}
		if err := server.post(ctx, "/v1/documents", body, &answer, http.StatusMultiStatus, http.StatusUnprocessableEntity); err != nil {
			return err
		}
	}
	total.add(b.items, places, answer)
	return nil
}

// lineOf gives a document the form that it goes over HTTP in.
func lineOf(item connectors.Item) jsonl.Line {
	doc := item.Document
	line := jsonl.Line{ID: doc.Object.Local(), Type: doc.Object.Type(), Relationships: []jsonl.Relationship{}}
	if item.Refused != nil {
		line.Title = "refused"
		return line
	}
	line.Title, line.Text, line.Format, line.URL = doc.Title, doc.Text, doc.Format, doc.URL
	line.Metadata, line.UpdatedAt = doc.Metadata, doc.UpdatedAt
	for _, r := range doc.Relationships {
		line.Relationships = append(line.Relationships, jsonl.Relationship{User: r.Subject, Relation: r.Relation, Condition: r.Condition})
	}
	return line
}

// add takes in what became of a batch: what was refused here, and a server's
// answer about what stood at the places.
func (s *sent) add(items []connectors.Item, places []int, answer httpapi.UpsertResponse) {
	problems := map[int]indexer.Problem{}
	for _, refused := range answer.Refused {
		if refused.Index >= 0 && refused.Index < len(places) {
			problems[places[refused.Index]] = indexer.Problem{Object: refused.Object, Kind: connectors.Kind(refused.Kind), Reason: refused.Reason}
		}
	}
	for i, item := range items {
		if item.Refused != nil { // it says more than the server could
			problems[i] = indexer.Problem{Object: item.Document.Object, Kind: item.Refused.Kind, Reason: item.Refused.Err.Error()}
		}
		if problem, ok := problems[i]; ok {
			problem.Index, problem.Line = s.Documents+i, item.Line
			s.refuse(problem)
		}
	}
	s.Documents += len(items)
	s.Written += answer.Accepted - answer.Unchanged
	s.Unchanged += answer.Unchanged
}

func (s *sent) refuse(problem indexer.Problem) {
	if problem.Kind == indexer.KindDuplicate {
		s.Duplicates++
	} else {
		s.Refused[problem.Kind]++
	}
	if len(s.Problems) >= mostProblems {
		s.ProblemsOmitted++
		return
	}
	s.Problems = append(s.Problems, problem)
}

func renderSent(s sent) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d written, %d unchanged, %s", count(s.Documents, "document"), s.Written, s.Unchanged, renderRefused(s.Refused, s.Duplicates))
	renderProblems(&b, s.Problems, s.ProblemsOmitted)
	return b.String()
}
