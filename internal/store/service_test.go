package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
)

// notes is an observer that writes down what it is told.
type notes struct {
	mu         sync.Mutex
	operations []string
	failed     []string
}

func (n *notes) ObserveStore(operation string, took time.Duration, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if took < 0 {
		operation += " before it began"
	}
	n.operations = append(n.operations, operation)
	if err != nil {
		n.failed = append(n.failed, operation)
	}
}

func TestEveryOperationIsObservedWithItsOutcome(t *testing.T) {
	observer := &notes{}
	service := store.NewService(reference.New(), observer)
	ctx, object := t.Context(), eyeshot.Object("ticket:a/1")
	require.NoError(t, service.Prepare(ctx, "acme", store.EmbeddingModel{Name: "m", Dimension: 2}))
	require.NoError(t, service.Upsert(ctx, "acme", []store.Record{{Object: object}}))
	require.NoError(t, service.Delete(ctx, "acme", nil))
	_, _ = service.Passages(ctx, "acme", nil)
	_, _ = service.Hashes(ctx, "acme", nil)
	_, _ = service.Objects(ctx, "acme", "", 1)
	_, _ = service.Stats(ctx, "acme")
	lists, err := service.Search(ctx, "acme", store.Query{Text: "x"})
	require.NoError(t, err)
	_, _ = lists.Keyword.Next(ctx, 1)
	require.NoError(t, service.DropIndex(ctx, "acme"))
	_, err = service.Document(ctx, "acme", object)
	require.ErrorIs(t, err, eyeshot.ErrNotFound)
	require.ErrorIs(t, service.Upsert(ctx, "", nil), eyeshot.ErrInvalid)

	require.Equal(t, []string{"prepare", "upsert", "delete", "passages", "hashes", "objects", "stats", "search", "next", "drop_index", "document", "upsert"}, observer.operations)
	require.Equal(t, []string{"document", "upsert"}, observer.failed)
}

// recording keeps what reaches the driver.
type recording struct {
	*reference.Store
	upserted []store.Record
}

func (r *recording) Upsert(ctx context.Context, tenant string, records []store.Record) error {
	r.upserted = records
	return r.Store.Upsert(ctx, tenant, records)
}

func TestADriverGetsEachDocumentOnceAndItsTimesInOneForm(t *testing.T) {
	driver := &recording{Store: reference.New()}
	service := store.NewService(driver, nil)
	require.NoError(t, service.Prepare(t.Context(), "acme", store.EmbeddingModel{Name: "m", Dimension: 2}))
	at := time.Date(2026, 1, 2, 3, 4, 5, 6789, time.FixedZone("", 3600))
	require.NoError(t, service.Upsert(t.Context(), "acme", []store.Record{
		{Object: "ticket:a/1", Title: "first"}, {Object: "ticket:a/2", UpdatedAt: at}, {Object: "ticket:a/1", Title: "last"},
	}))
	require.Equal(t, []store.Record{
		{Object: "ticket:a/2", UpdatedAt: time.Date(2026, 1, 2, 2, 4, 5, 6000, time.UTC)},
		{Object: "ticket:a/1", Title: "last"},
	}, driver.upserted)
}

func TestErrorsNeverRepeatTexts(t *testing.T) {
	service := store.NewService(reference.New(), nil)
	_, err := service.Search(t.Context(), "acme", store.Query{Text: "secret\xff"})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	require.NotContains(t, err.Error(), "secret")
	err = service.Upsert(t.Context(), "acme", []store.Record{{Object: "ticket:a/1", Title: "secret\x00"}})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	require.NotContains(t, err.Error(), "secret")
}
