package filter

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func (s *stage) model() store.EmbeddingModel {
	return store.EmbeddingModel{Name: "bench", Dimension: s.world.Dimension}
}

// fill makes a tenant of the store.
func (s *stage) fill(ctx context.Context, tenant string, records iter.Seq[store.Record]) error {
	if err := s.store.Prepare(ctx, tenant, s.model()); err != nil {
		return err
	}
	err := inLots(records, func(lot []store.Record) error { return s.store.Upsert(ctx, tenant, lot) })
	if err != nil {
		return fmt.Errorf("filling the store: %w", err)
	}
	return nil
}

// inLots writes some records at a time, so that a million of them are never there
// at once.
func inLots(records iter.Seq[store.Record], write func([]store.Record) error) error {
	const most = 500
	var lot []store.Record
	for record := range records {
		if lot = append(lot, record); len(lot) < most {
			continue
		}
		if err := write(lot); err != nil {
			return err
		}
		lot = nil
	}
	if len(lot) == 0 {
		return nil
	}
	return write(lot)
}

// records are the documents, all or those that are allowed, with what other ways
// of filtering keep beside them as metadata: every principal that may read it, and
// the subject sets that reading it rests on.
func (s *stage) records(allowed *roaring.Bitmap) iter.Seq[store.Record] {
	return func(yield func(store.Record) bool) {
		for i, object := range s.world.Objects {
			if allowed != nil && !allowed.Contains(uint32(i)) {
				continue
			}
			record := store.Record{
				Object: object, Title: "Ticket " + object.Local(), UpdatedAt: time.Unix(int64(i), 0), Hash: fmt.Sprint(i),
				Metadata: map[string]any{keyPrincipals: s.principalsOf(i), keyReaders: texts(s.readersOf(i))},
				Chunks:   []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: s.text(i), Vector: s.world.Vectors[i]}},
			}
			if !yield(record) {
				return
			}
		}
	}
}

// text is what a document says.
func (s *stage) text(i int) string {
	if s.world.Texts != nil {
		return s.world.Texts[i]
	}
	return "What the ticket says, in about as many words as a passage has."
}

func (s *stage) principalsOf(i int) (names []string) {
	for _, principal := range s.world.Principals {
		if principal.Allowed.Contains(uint32(i)) {
			names = append(names, string(principal.Subject))
		}
	}
	return names
}

func (s *stage) readersOf(i int) []eyeshot.Subject {
	return s.index.View().Readers(s.world.Objects[i], "can_read")
}

func texts(subjects []eyeshot.Subject) []string {
	all := make([]string, len(subjects))
	for i, subject := range subjects {
		all[i] = string(subject)
	}
	return all
}

// countMetadata counts what is kept on the documents for the ways that need it.
func (s *stage) countMetadata() {
	for i := range s.world.Objects {
		s.bytes[nameFlattened] += 8 * len(s.principalsOf(i))
		for _, reader := range s.readersOf(i) {
			s.bytes[nameReaders] += len(reader)
		}
	}
}
