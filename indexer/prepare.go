package indexer

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// prepare checks a lot's documents and splits and embeds those whose content
// seems to have changed. It changes nothing, and runs beside the application of
// the lots before it; what they change is looked up again when this one's turn
// comes.
func (s *session) prepare(ctx context.Context, l *lot) error {
	var objects []eyeshot.Object
	for _, e := range l.entries {
		s.examine(e)
		if e.hash != "" {
			objects = append(objects, e.object())
		}
	}
	hashes, err := s.config.Store.Hashes(ctx, s.name, objects)
	if err != nil {
		return fmt.Errorf("look up what is indexed: %w", err)
	}
	var changed []*entry
	for _, e := range l.entries {
		if e.hash != "" && hashes[e.object()] != e.hash {
			changed = append(changed, e)
		}
	}
	return s.embed(ctx, changed)
}

// examine refuses what cannot be taken and hashes what can.
func (s *session) examine(e *entry) {
	e.foreign = s.rules.own(e.object()) != nil
	if e.item.Refused != nil || e.item.Deleted {
		return
	}
	if e.item.AccessOnly {
		if refusal := s.rules.readers(e.item.Document); refusal != nil {
			e.refuse(refusal)
		}
		return
	}
	if refusal := s.rules.document(e.item.Document); refusal != nil {
		e.refuse(refusal)
		return
	}
	hash, err := s.hash(e.item.Document)
	if err != nil {
		e.refuse(connectors.Refuse(connectors.BadContent, err))
		return
	}
	e.hash = hash
}

// embed splits the entries' documents and gives each chunk its vector.
func (s *session) embed(ctx context.Context, entries []*entry) error {
	var chunks []*eyeshot.Chunk
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		e.chunks = s.config.Splitter.Split(e.item.Document)
		for i := range e.chunks {
			chunks = append(chunks, &e.chunks[i])
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.config.Parallel)
	for start := 0; start < len(chunks); start += s.config.EmbedBatch {
		batch := chunks[start:min(start+s.config.EmbedBatch, len(chunks))]
		group.Go(func() error { return s.embedBatch(ctx, batch) })
	}
	return group.Wait()
}

func (s *session) embedBatch(ctx context.Context, chunks []*eyeshot.Chunk) error {
	texts := make([]string, len(chunks))
	for i, chunk := range chunks {
		texts[i] = chunk.Heading + "\n" + chunk.Text
	}
	vectors, err := s.config.Embedder.Embed(ctx, texts)
	if err != nil {
		return fmt.Errorf("embed %d passages: %w", len(texts), err)
	}
	if len(vectors) != len(texts) {
		return fmt.Errorf("embed %d passages: %w: the embedder gave %d vectors", len(texts), eyeshot.ErrUnavailable, len(vectors))
	}
	for i, vector := range vectors {
		chunks[i].Vector = vector
	}
	return nil
}
