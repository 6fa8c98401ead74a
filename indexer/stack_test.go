package indexer_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/connectors/access"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
)

// stack is everything as it is in the product: OpenFGA in the process with its
// permission index, the embedded store, the built-in embedder.
type stack struct {
	indexer *indexer.Indexer
	authz   *authz.Store
	store   store.Driver
	counted *countedEmbedder
}

type realTenant struct {
	*authzsync.Writer
	store *authz.Store
}

func (r realTenant) Model(ctx context.Context) (*authz.Model, error) {
	return r.store.Model(ctx, r.store.ModelID())
}

// countedEmbedder counts what a test says must not happen.
type countedEmbedder struct {
	*static.Embedder
	texts int
}

func (c *countedEmbedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	c.texts += len(texts)
	return c.Embedder.Embed(ctx, texts)
}

// openStack takes the number of documents in a lot, 0 for the usual.
func openStack(t testing.TB, lot int) *stack {
	t.Helper()
	dir := t.TempDir()
	server, err := fgaserver.Open(t.Context(), fgaserver.Config{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	client, err := authz.NewClient(authz.Config{Transport: server.Transport()})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	fga := newAuthzStore(t, client)
	index, err := authzsync.Open(t.Context(), fga, authzsync.Options{ModelID: fga.ModelID(), DocumentTypes: []string{"ticket"}, Poll: 5 * time.Second})
	require.NoError(t, err)
	tail, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- index.Run(tail) }()
	t.Cleanup(func() { stop(); <-ended; _ = index.Close() })
	driver, err := embedded.Open(t.Context(), embedded.Config{Dir: dir})
	require.NoError(t, err)
	content := store.NewService(driver, nil)
	t.Cleanup(func() { _ = content.Close() })
	db, err := state.Open(t.Context(), filepath.Join(dir, "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	embedder, err := static.BuiltIn()
	require.NoError(t, err)
	counted := &countedEmbedder{Embedder: embedder}
	tenant := realTenant{Writer: authzsync.NewWriter(fga, index), store: fga}
	ix, err := indexer.New(indexer.Config{
		Tenants: func(context.Context, string) (indexer.Tenant, error) { return tenant, nil },
		Store:   content, Embedder: counted, State: db, Parallel: 1, LotDocuments: lot,
	})
	require.NoError(t, err)
	return &stack{indexer: ix, authz: fga, store: content, counted: counted}
}

func newAuthzStore(t testing.TB, client *authz.Client) *authz.Store {
	t.Helper()
	encoded, err := model.JSON(model.DSL())
	require.NoError(t, err)
	id, err := client.CreateStore(t.Context(), "test")
	require.NoError(t, err)
	modelID, err := client.Store(id, "").WriteModel(t.Context(), encoded)
	require.NoError(t, err)
	return client.Store(id, modelID)
}

// ingest reads a file as the command does, resuming where the last run stopped.
func (s *stack) ingest(ctx context.Context, t testing.TB, path string, file *access.File, progress func(indexer.Report)) (lines int, _ indexer.Report, _ error) {
	t.Helper()
	reader, err := jsonl.Open(path, nil, jsonl.Options{Tenant: "acme", Source: "jira", Access: file})
	require.NoError(t, err)
	defer reader.Close()
	checkpoint, err := s.indexer.Checkpoint(ctx, "acme", "jira")
	require.NoError(t, err)
	lines, err = reader.Resume(checkpoint)
	require.NoError(t, err)
	run := indexer.Run{Items: reader.Items(ctx), Progress: progress}
	run.Access, run.HasAccess = reader.Access()
	report, err := s.indexer.Run(ctx, "acme", "jira", run)
	return lines, report, err
}

// writeTickets writes a file in the form of the raw data.
func writeTickets(t testing.TB, all []ticket) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tickets.jsonl")
	file, err := os.Create(path)
	require.NoError(t, err)
	encoder := json.NewEncoder(file)
	for _, one := range all {
		require.NoError(t, encoder.Encode(map[string]string{
			"key": one.Key, "project": one.Project, "dataset": "x", "title": one.Title, "description": one.Description,
		}))
	}
	require.NoError(t, file.Close())
	return path
}
