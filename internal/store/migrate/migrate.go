// Package migrate copies a tenant's index from one store to another, vectors
// included, so that nothing is embedded again. It changes nothing in the store
// that it copies from, and it can be stopped and run again: what is there
// already, and the same, is left alone.
package migrate

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Options of a migration. Zero fields take the defaults.
type Options struct {
	Tenant   string
	Lot      int          // documents that are copied together; default 200
	Sample   int          // searches that are compared at the end; default 20, none where it is negative
	Progress func(Report) // called after each lot; may be nil
}

func (o Options) withDefaults() Options {
	if o.Lot == 0 {
		o.Lot = 200
	}
	if o.Sample == 0 {
		o.Sample = 20
	}
	if o.Progress == nil {
		o.Progress = func(Report) {}
	}
	return o
}

// Report says what a migration did.
type Report struct {
	Tenant    string `json:"tenant"`
	Documents int    `json:"documents"` // of the source
	Copied    int    `json:"copied"`
	Unchanged int    `json:"unchanged"` // was there already
	Removed   int    `json:"removed"`   // was in the target alone
	Compared  int    `json:"compared"`  // searches with the same answer from both
}

// Done is how many of the documents have been looked at.
func (r Report) Done() int { return r.Copied + r.Unchanged }

// Run makes the target's index of a tenant the source's, and compares the two.
// A tenant without an index in the source is [eyeshot.ErrNotFound]; a target
// with an index of another embedding model, and stores that differ at the end,
// are [eyeshot.ErrConflict]. Nobody else should write to either meanwhile.
func Run(ctx context.Context, from, to *store.Service, options Options) (Report, error) {
	m := migration{from: from, to: to, options: options.withDefaults(), report: Report{Tenant: options.Tenant}}
	stats, err := from.Stats(ctx, options.Tenant)
	if err != nil {
		return m.report, fmt.Errorf("look at the source: %w", err)
	}
	if stats.Model.Dimension == 0 {
		return m.report, fmt.Errorf("%w: tenant %q has no index in the store %s", eyeshot.ErrNotFound, options.Tenant, from.Capabilities().Name)
	}
	m.report.Documents = stats.Documents
	if err := to.Prepare(ctx, options.Tenant, stats.Model); err != nil {
		return m.report, fmt.Errorf("prepare the target: %w", err)
	}
	for _, step := range []func(context.Context) error{m.copy, m.remove, m.count, m.compare} {
		if err := step(ctx); err != nil {
			return m.report, err
		}
	}
	return m.report, nil
}

type migration struct {
	from, to *store.Service
	options  Options
	report   Report
}

// copy brings over what the target lacks or has otherwise.
func (m *migration) copy(ctx context.Context) error {
	for after := eyeshot.Object(""); ; {
		records, err := m.from.Export(ctx, m.options.Tenant, after, m.options.Lot)
		if err != nil {
			return fmt.Errorf("read the source: %w", err)
		}
		if len(records) == 0 {
			return nil
		}
		if err := m.bring(ctx, records); err != nil {
			return fmt.Errorf("write the target: %w", err)
		}
		m.options.Progress(m.report)
		after = records[len(records)-1].Object
	}
}

// bring writes those of the records that the target has not. Equal hashes mean
// equal content, splitting and embedding, so a hash is all there is to compare.
func (m *migration) bring(ctx context.Context, records []store.Record) error {
	hashes, err := m.to.Hashes(ctx, m.options.Tenant, objectsOf(records))
	if err != nil {
		return err
	}
	var missing []store.Record
	for _, record := range records {
		if hash, there := hashes[record.Object]; !there || hash != record.Hash || hash == "" {
			missing = append(missing, record)
		}
	}
	if len(missing) > 0 {
		if err := m.to.Upsert(ctx, m.options.Tenant, missing); err != nil {
			return err
		}
	}
	m.report.Copied += len(missing)
	m.report.Unchanged += len(records) - len(missing)
	return nil
}

// remove takes away what only the target has: what the source has lost since an
// earlier migration.
//
// SECURITY: a document that was withdrawn must not come back with the store.
func (m *migration) remove(ctx context.Context) error {
	for after := eyeshot.Object(""); ; {
		objects, err := m.to.Objects(ctx, m.options.Tenant, after, m.options.Lot)
		if err != nil {
			return fmt.Errorf("list the target: %w", err)
		}
		if len(objects) == 0 {
			return nil
		}
		after = objects[len(objects)-1]
		kept, err := m.from.Hashes(ctx, m.options.Tenant, objects)
		if err != nil {
			return fmt.Errorf("read the source: %w", err)
		}
		var gone []eyeshot.Object
		for _, object := range objects {
			if _, there := kept[object]; !there {
				gone = append(gone, object)
			}
		}
		if err := m.to.Delete(ctx, m.options.Tenant, gone); err != nil {
			return fmt.Errorf("remove from the target what the source has not: %w", err)
		}
		m.report.Removed += len(gone)
	}
}

// count holds the two stores' totals to each other.
func (m *migration) count(ctx context.Context) error {
	want, err := m.from.Stats(ctx, m.options.Tenant)
	if err != nil {
		return fmt.Errorf("count the source: %w", err)
	}
	got, err := m.to.Stats(ctx, m.options.Tenant)
	if err != nil {
		return fmt.Errorf("count the target: %w", err)
	}
	if got != want {
		return fmt.Errorf("%w: the source has %d documents with %d chunks, the target %d with %d: run the migration again while nothing writes",
			eyeshot.ErrConflict, want.Documents, want.Chunks, got.Documents, got.Chunks)
	}
	return nil
}

func objectsOf(records []store.Record) []eyeshot.Object {
	objects := make([]eyeshot.Object, len(records))
	for i, record := range records {
		objects[i] = record.Object
	}
	return objects
}
