package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
	"github.com/eyeshot-dev/eyeshot/internal/store/migrate"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
)

var model = store.EmbeddingModel{Name: "m", Dimension: 3}

func source(t *testing.T, documents int) *store.Service {
	t.Helper()
	driver, err := embedded.Open(t.Context(), embedded.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	s := store.NewService(driver, nil)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Prepare(t.Context(), "acme", model))
	put(t, s, documents)
	return s
}

func put(t *testing.T, s *store.Service, documents int) {
	t.Helper()
	var records []store.Record
	for i := range documents {
		records = append(records, record(i))
	}
	require.NoError(t, s.Upsert(t.Context(), "acme", records))
}

func record(i int) store.Record {
	object := eyeshot.Object(fmt.Sprintf("ticket:a/%03d", i))
	angle := float64(i)
	vector := []float32{float32(math.Cos(angle)), float32(math.Sin(angle)), 0}
	return store.Record{
		Object: object, Title: "title", Hash: fmt.Sprint("hash ", i), Metadata: map[string]any{"n": float64(i)},
		Chunks: []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: "text", Vector: vector}},
	}
}

func export(t *testing.T, s *store.Service) []store.Record {
	t.Helper()
	records, err := s.Export(t.Context(), "acme", "", 10_000)
	require.NoError(t, err)
	return records
}

func run(t *testing.T, from, to *store.Service) (migrate.Report, error) {
	t.Helper()
	return migrate.Run(t.Context(), from, to, migrate.Options{Tenant: "acme", Lot: 7})
}

func TestAMigrationCopiesATenantAndComparesTheStores(t *testing.T) {
	from, to := source(t, 30), store.NewService(reference.New(), nil)
	report, err := run(t, from, to)
	require.NoError(t, err)
	require.Equal(t, 30, report.Copied)
	require.Equal(t, 30, report.Documents)
	require.Positive(t, report.Compared)
	require.Equal(t, export(t, from), export(t, to))

	back, err := embedded.Open(t.Context(), embedded.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	again := store.NewService(back, nil)
	defer again.Close()
	_, err = run(t, to, again)
	require.NoError(t, err)
	require.Equal(t, export(t, from), export(t, again), "any store to any")
}

func TestASecondMigrationCopiesWhatChangedAndRemovesWhatIsGone(t *testing.T) {
	from, to := source(t, 20), store.NewService(reference.New(), nil)
	_, err := run(t, from, to)
	require.NoError(t, err)
	changed := record(3)
	changed.Hash, changed.Title = "another", "another"
	require.NoError(t, from.Upsert(t.Context(), "acme", []store.Record{changed, record(77)}))
	require.NoError(t, from.Delete(t.Context(), "acme", []eyeshot.Object{"ticket:a/005", "ticket:a/019"}))
	report, err := run(t, from, to)
	require.NoError(t, err)
	require.Equal(t, migrate.Report{Tenant: "acme", Documents: 19, Copied: 2, Unchanged: 17, Removed: 2, Compared: report.Compared}, report)
	require.Equal(t, export(t, from), export(t, to))
}

// failing fails from the n-th write on.
type failing struct {
	store.Driver
	writes int
}

func (f *failing) Upsert(ctx context.Context, tenant string, records []store.Record) error {
	if f.writes--; f.writes < 0 {
		return eyeshot.ErrUnavailable
	}
	return f.Driver.Upsert(ctx, tenant, records)
}

func TestAMigrationThatWasStoppedGoesOn(t *testing.T) {
	from, target := source(t, 30), reference.New()
	report, err := run(t, from, store.NewService(&failing{Driver: target, writes: 2}, nil))
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.Equal(t, 14, report.Done())
	report, err = run(t, from, store.NewService(target, nil))
	require.NoError(t, err)
	require.Equal(t, 14, report.Unchanged)
	require.Equal(t, 16, report.Copied)
}

// forgetful is a target that is not what it says: it loses something of a write.
type forgetful struct {
	store.Driver
	lose func([]store.Record) []store.Record
}

func (f forgetful) Upsert(ctx context.Context, tenant string, records []store.Record) error {
	return f.Driver.Upsert(ctx, tenant, f.lose(records))
}

func TestATargetThatDiffersIsAnError(t *testing.T) {
	for name, lose := range map[string]func([]store.Record) []store.Record{
		"a document is missing": func(records []store.Record) []store.Record { return records[1:] },
		"vectors are others": func(records []store.Record) []store.Record {
			for i := range records {
				records[i].Chunks[0].Vector = []float32{0, 0, 1}
			}
			return records
		},
	} {
		_, err := run(t, source(t, 30), store.NewService(forgetful{reference.New(), lose}, nil))
		require.ErrorIs(t, err, eyeshot.ErrConflict, name)
	}
}

func TestWhatCannotBeMigratedIsNamed(t *testing.T) {
	empty, to := store.NewService(reference.New(), nil), store.NewService(reference.New(), nil)
	_, err := run(t, empty, to)
	require.ErrorIs(t, err, eyeshot.ErrNotFound)
	require.ErrorContains(t, err, `"acme"`)
	require.NoError(t, to.Prepare(t.Context(), "acme", store.EmbeddingModel{Name: "other", Dimension: 3}))
	_, err = run(t, source(t, 1), to)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.False(t, errors.Is(err, eyeshot.ErrUnavailable))
}
