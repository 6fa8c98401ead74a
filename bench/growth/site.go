package growth

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/bench/openfga"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

const tenant = "acme"

// site is what a whole search takes, with a world in it: OpenFGA, the permission
// index, the embedded store, and the product's own search over them.
type site struct {
	askers   []asker
	words    worlds.Words
	embedder *static.Embedder
	fga      *openfga.Server
	index    *authzsync.Index
	store    *store.Service
	searches *retriever.Retriever
	dir      string
}

func openSite(ctx context.Context, w wholeWorld, seed uint64, progress func(string)) (*site, error) {
	s := &site{askers: w.askers, words: worlds.NewWords()}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"writing relationships", func() error { return s.permit(ctx, w.relationships) }},
		{"filling the store", func() error { return s.fill(ctx, w.documents, seed) }},
		{"opening the search", func() error { return s.open() }},
	} {
		progress(step.name)
		if err := step.do(); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", step.name, err), s.Close())
		}
	}
	return s, nil
}

func (s *site) permit(ctx context.Context, relationships []eyeshot.Relationship) (err error) {
	if s.fga, err = openfga.Start(ctx); err != nil {
		return err
	}
	for lot := range slices.Chunk(relationships, 5000) {
		if err := s.fga.Write(ctx, lot, nil); err != nil {
			return err
		}
	}
	s.index, err = authzsync.Open(ctx, s.fga, authzsync.Options{ModelID: s.fga.ModelID(), DocumentTypes: filters.DefaultPolicy().Types()})
	return err
}

// fill writes texts of a made-up vocabulary with the vectors that they have.
func (s *site) fill(ctx context.Context, documents []eyeshot.Object, seed uint64) (err error) {
	if s.embedder, err = static.BuiltIn(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "eyeshot-bench-"); err != nil {
		return fmt.Errorf("making a temporary directory (TMPDIR says where): %w", err)
	}
	driver, err := embedded.Open(ctx, embedded.Config{Dir: s.dir})
	if err != nil {
		return err
	}
	s.store = store.NewService(driver, nil)
	if err := s.store.Prepare(ctx, tenant, store.EmbeddingModel{Name: s.embedder.Name(), Dimension: s.embedder.Dimension()}); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 43))
	for lot := range slices.Chunk(documents, 500) {
		records, err := s.records(ctx, r, lot)
		if err != nil {
			return err
		}
		if err := s.store.Upsert(ctx, tenant, records); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) records(ctx context.Context, r *rand.Rand, lot []eyeshot.Object) ([]store.Record, error) {
	texts := make([]string, len(lot))
	for i := range lot {
		texts[i] = s.words.Text(r, 40)
	}
	vectors, err := s.embedder.Embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	records := make([]store.Record, len(lot))
	for i, object := range lot {
		records[i] = store.Record{
			Object: object, Title: s.words.Text(r, 5), UpdatedAt: time.Unix(int64(i), 0), Hash: string(object),
			Chunks: []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: texts[i], Vector: vectors[i]}},
		}
	}
	return records, nil
}

func (s *site) open() error {
	policy := filters.DefaultPolicy()
	gate, err := filters.NewGate(policy, nil)
	if err != nil {
		return err
	}
	s.searches, err = retriever.New(retriever.Config{
		Tenants: s, Policy: policy, Gate: gate, Searcher: s.store, Content: filters.NewContent(s.store), Embedder: s.embedder,
		Planner: filters.NewPlanner(s.store.Capabilities(), nil),
	})
	return err
}

func (s *site) search(ctx context.Context, subject eyeshot.Subject, query string) (*retriever.Response, error) {
	principal := eyeshot.Principal{Tenant: tenant, Subject: subject.Object()}
	return s.searches.Search(ctx, principal, retriever.Request{Query: query, Limit: 10, Mode: retriever.Hybrid})
}

// Tenant is the one that there is.
func (s *site) Tenant(context.Context, string) (retriever.Tenant, error) {
	return theTenant{s.fga, s.index}, nil
}

type theTenant struct {
	*openfga.Server
	index *authzsync.Index
}

// Reach is the index as it is.
func (t theTenant) Reach(context.Context, time.Duration) (filters.Reach, bool, error) {
	return t.index.View(), true, nil
}

// Close ends everything and removes its data.
func (s *site) Close() error {
	var all error
	if s.store != nil {
		all = s.store.Close()
	}
	if s.fga != nil {
		all = errors.Join(all, s.fga.Close())
	}
	if s.dir != "" {
		all = errors.Join(all, os.RemoveAll(s.dir))
	}
	return all
}
