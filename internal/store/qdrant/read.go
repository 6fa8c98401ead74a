package qdrant

import (
	"context"
	"fmt"
	"slices"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// view opens the newest state of a tenant; found is false where it has no index.
// The caller gives it back with done.
func (s *Store) view(tenant string) (v view, found bool, done func(), err error) {
	t, err := s.tenant(tenant)
	if err != nil || t == nil {
		return view{}, false, func() {}, err
	}
	v = t.look()
	return v, true, func() { s.giveBack(v) }, nil
}

func (s *Store) giveBack(v view) {
	if v.release() {
		s.sweeper.ask(v.index)
	}
}

// Document implements [store.Reader].
func (s *Store) Document(ctx context.Context, tenant string, object eyeshot.Object) (store.Record, error) {
	v, found, done, err := s.view(tenant)
	defer done()
	if err != nil {
		return store.Record{}, err
	}
	records := map[eyeshot.Object]*store.Record{}
	if found {
		if records, err = s.records(ctx, v, []eyeshot.Object{object}); err != nil {
			return store.Record{}, err
		}
	}
	record := records[object]
	if record == nil {
		return store.Record{}, fmt.Errorf("document %s: %w", object, eyeshot.ErrNotFound)
	}
	record.Readers = nil
	err = s.chunks(ctx, v, records, false)
	return *record, err
}

// records reads documents without their chunks.
func (s *Store) records(ctx context.Context, v view, objects []eyeshot.Object) (map[eyeshot.Object]*store.Record, error) {
	records := make(map[eyeshot.Object]*store.Record, len(objects))
	l, _ := s.limitsOf(v.collection)
	for _, condition := range anyOf(l, keyObject, objects) {
		err := s.scroll(ctx, v, kindDocument, v.filter(kindDocument, condition), qc.NewWithPayload(true), func(p payload) error {
			record, err := p.record()
			record.Readers = p.readers()
			records[record.Object] = &record
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return records, nil
}

// chunks adds the chunks of records, in their order.
func (s *Store) chunks(ctx context.Context, v view, records map[eyeshot.Object]*store.Record, vectors bool) error {
	objects := make([]eyeshot.Object, 0, len(records))
	for object := range records {
		objects = append(objects, object)
	}
	page := scrollPage
	if vectors {
		page = 100
	}
	l, _ := s.limitsOf(v.collection)
	for _, condition := range anyOf(l, keyObject, objects) {
		request := &qc.ScrollPoints{CollectionName: v.collection, Filter: v.filter(kindChunk, condition), WithPayload: checked(keyHeading, keyText)}
		if vectors {
			request.WithVectors = qc.NewWithVectorsInclude(denseVector)
		}
		err := s.scrollPoints(ctx, v, kindChunk, request, page, func(point *qc.RetrievedPoint) error {
			chunk := payload(point.GetPayload()).chunk()
			if vectors {
				chunk.Vector = dense(point)
			}
			if record := records[chunk.Object]; record != nil {
				record.Chunks = append(record.Chunks, chunk)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, record := range records {
		slices.SortFunc(record.Chunks, func(a, b eyeshot.Chunk) int { return a.N - b.N })
	}
	return nil
}

// dense is a point's dense vector; servers before 1.17 answer in an older field.
func dense(point *qc.RetrievedPoint) []float32 {
	vector := point.GetVectors().GetVectors().GetVectors()[denseVector]
	if list := vector.GetDense().GetData(); list != nil {
		return list
	}
	//lint:ignore SA1019 deprecated, and all that 1.15 and 1.16 answer with
	return vector.GetData()
}

// Passages implements [store.Reader].
func (s *Store) Passages(ctx context.Context, tenant string, refs []eyeshot.ChunkRef) ([]store.Passage, error) {
	v, found, done, err := s.view(tenant)
	defer done()
	if err != nil || !found || len(refs) == 0 {
		return nil, err
	}
	chunks := make(map[eyeshot.ChunkRef]eyeshot.Chunk, len(refs))
	err = s.byRef(ctx, v, refs, checked(keyHeading, keyText), func(p payload) { chunks[p.chunkRef()] = p.chunk() })
	if err != nil {
		return nil, err
	}
	seen := map[eyeshot.Object]bool{}
	var objects []eyeshot.Object
	for ref := range chunks {
		if !seen[ref.Object] {
			seen[ref.Object] = true
			objects = append(objects, ref.Object)
		}
	}
	records, err := s.records(ctx, v, objects)
	if err != nil {
		return nil, err
	}
	var passages []store.Passage
	for _, ref := range refs {
		chunk, found := chunks[ref]
		record := records[ref.Object]
		if !found || record == nil {
			continue
		}
		passages = append(passages, store.Passage{Ref: ref, Heading: chunk.Heading, Text: chunk.Text,
			Title: record.Title, URL: record.URL, Metadata: record.Metadata, UpdatedAt: record.UpdatedAt, Hash: record.Hash})
	}
	return passages, nil
}

// Hashes implements [store.Reader].
func (s *Store) Hashes(ctx context.Context, tenant string, objects []eyeshot.Object) (map[eyeshot.Object]string, error) {
	hashes := make(map[eyeshot.Object]string, len(objects))
	v, found, done, err := s.view(tenant)
	defer done()
	if err != nil || !found {
		return hashes, err
	}
	l, _ := s.limitsOf(v.collection)
	asked := map[eyeshot.Object]bool{}
	for _, object := range objects {
		asked[object] = true
	}
	for _, condition := range anyOf(l, keyObject, objects) {
		err := s.scroll(ctx, v, kindDocument, v.filter(kindDocument, condition), checked(keyHash), func(p payload) error {
			if asked[p.object()] {
				hashes[p.object()] = p.text(keyHash)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// Stats implements [store.Reader].
func (s *Store) Stats(ctx context.Context, tenant string) (store.Stats, error) {
	v, found, done, err := s.view(tenant)
	defer done()
	if err != nil || !found {
		return store.Stats{}, err
	}
	stats := store.Stats{Model: v.model}
	if stats.Documents, err = s.count(ctx, v, v.filter(kindDocument)); err == nil {
		stats.Chunks, err = s.count(ctx, v, v.filter(kindChunk))
	}
	return stats, err
}
