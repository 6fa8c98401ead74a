package qdrant

import (
	"context"
	"slices"
	"sort"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Objects implements [store.Reader].
func (s *Store) Objects(ctx context.Context, tenant string, after eyeshot.Object, limit int) ([]eyeshot.Object, error) {
	v, found, done, err := s.view(tenant)
	defer done()
	if err != nil || !found {
		return nil, err
	}
	return s.objects(ctx, v, after, limit)
}

func (s *Store) objects(ctx context.Context, v view, after eyeshot.Object, limit int) ([]eyeshot.Object, error) {
	all, err := s.list(ctx, v)
	if err != nil {
		return nil, err
	}
	from := sort.Search(len(all), func(i int) bool { return all[i] > after })
	page := all[from:min(from+limit, len(all))]
	if from+len(page) == len(all) {
		v.forget() // whoever pages is at the end
	}
	return slices.Clone(page), nil
}

// list returns all documents of a view in byte order. They are kept for the next
// page.
func (s *Store) list(ctx context.Context, v view) ([]eyeshot.Object, error) {
	if kept := v.kept(); kept != nil {
		return kept, nil
	}
	var all []eyeshot.Object
	err := s.scroll(ctx, v, kindDocument, v.filter(kindDocument), checked(), func(p payload) error {
		all = append(all, p.object())
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(all)
	v.keepListing(all)
	return all, nil
}

// kept returns the listing if it is of the view's state.
func (v view) kept() []eyeshot.Object {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.listing == nil || v.committed != v.at {
		return nil
	}
	v.listing.idle = 0
	return v.listing.objects
}

func (v view) keepListing(all []eyeshot.Object) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.committed == v.at && !v.dropped {
		v.listing = &listing{objects: all}
	}
}

func (v view) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.listing = nil
}

// Export implements [store.Exporter].
func (s *Store) Export(ctx context.Context, tenant string, after eyeshot.Object, limit int) ([]store.Record, error) {
	v, found, done, err := s.view(tenant)
	defer done()
	if err != nil || !found {
		return nil, err
	}
	records, err := s.page(ctx, v, after, limit)
	if err != nil {
		return nil, err
	}
	byObject := make(map[eyeshot.Object]*store.Record, len(records))
	for i := range records {
		byObject[records[i].Object] = &records[i]
	}
	return records, s.chunks(ctx, v, byObject, true)
}

// Readers implements [store.Exporter].
func (s *Store) Readers(ctx context.Context, tenant string, after eyeshot.Object, limit int) ([]store.DocumentReaders, error) {
	v, found, done, err := s.view(tenant)
	defer done()
	if err != nil || !found {
		return nil, err
	}
	records, err := s.page(ctx, v, after, limit)
	all := make([]store.DocumentReaders, len(records))
	for i, record := range records {
		all[i] = store.DocumentReaders{Object: record.Object, Readers: record.Readers}
	}
	return all, err
}

// page reads a page of documents in byte order, without their chunks.
func (s *Store) page(ctx context.Context, v view, after eyeshot.Object, limit int) ([]store.Record, error) {
	objects, err := s.objects(ctx, v, after, limit)
	if err != nil {
		return nil, err
	}
	found, err := s.records(ctx, v, objects)
	if err != nil {
		return nil, err
	}
	records := make([]store.Record, 0, len(objects))
	for _, object := range objects {
		if record := found[object]; record != nil {
			records = append(records, *record)
		}
	}
	return records, nil
}
