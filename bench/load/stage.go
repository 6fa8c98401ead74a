package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/tenants"
)

const tenantName = "acme"

// stage is the whole product behind an HTTP server, with a world in it.
type stage struct {
	Options
	world   *worlds.Graded
	words   worlds.Words
	product *app.App
	tenant  *tenants.Tenant
	server  *httptest.Server
	url     string
	client  *http.Client
	tokens  []string
	dir     string
}

func newStage(ctx context.Context, o Options) (*stage, error) {
	s := &stage{Options: o, words: worlds.NewWords()}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"opening the product", s.open}, {"writing relationships", s.permit}, {"filling the store", s.fill}, {"", s.serve}} {
		o.Progress(step.name)
		if err := step.do(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (s *stage) open(ctx context.Context) (err error) {
	if s.dir, err = os.MkdirTemp("", "eyeshot-bench-"); err != nil {
		return fmt.Errorf("making a temporary directory (TMPDIR says where): %w", err)
	}
	cfg := config.Default()
	cfg.DataDir = s.dir
	if s.product, err = app.Open(ctx, cfg, app.Options{Version: s.Version}); err != nil {
		return err
	}
	s.tenant, err = s.product.Tenants.Create(ctx, tenantName)
	return err
}

func (s *stage) permit(ctx context.Context) error {
	embedder, err := static.BuiltIn()
	if err != nil {
		return err
	}
	s.world = worlds.NewGraded(worlds.GradedSize{
		Documents: s.Documents, Dimension: embedder.Dimension(), Shares: []float64{0.001, 0.01, 0.05, 0.2, 0.5, 1}, PerGrade: 4,
	}, s.Seed)
	for lot := range slices.Chunk(s.world.Relationships, 100) { // as the indexer does
		if err := s.tenant.Write(ctx, lot, nil); err != nil {
			return fmt.Errorf("writing the world: %w", err)
		}
	}
	return s.product.Store.Prepare(ctx, tenantName, store.EmbeddingModel{Name: embedder.Name(), Dimension: embedder.Dimension()})
}

// fill writes the documents as the indexer would, but for their vectors, which
// the world has: nobody waits for an embedder.
func (s *stage) fill(ctx context.Context) error {
	r := rand.New(rand.NewPCG(s.Seed, 9))
	var lot []store.Record
	for i, object := range s.world.Objects {
		lot = append(lot, store.Record{
			Object: object, Title: s.words.Text(r, 6), UpdatedAt: time.Unix(int64(i), 0), Hash: fmt.Sprint(i),
			Chunks: []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: s.words.Text(r, 60), Vector: s.world.Vectors[i]}},
		})
		if len(lot) == 500 || i == len(s.world.Objects)-1 {
			if err := s.product.Store.Upsert(ctx, tenantName, lot); err != nil {
				return fmt.Errorf("filling the store: %w", err)
			}
			lot = lot[:0]
		}
	}
	return nil
}

func (s *stage) serve(ctx context.Context) error {
	for _, principal := range s.world.Principals {
		token, err := s.product.Issuer.Mint(ctx, identity.Request{Tenant: tenantName, Subject: principal.Subject.ID()})
		if err != nil {
			return err
		}
		s.tokens = append(s.tokens, token)
	}
	s.server = httptest.NewServer(s.product.Handler())
	s.url = s.server.URL
	s.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: s.Clients, MaxConnsPerHost: s.Clients}}
	return nil
}

// Close ends everything and removes its data.
func (s *stage) Close() error {
	var all error
	if s.server != nil {
		s.client.CloseIdleConnections()
		s.server.Close()
	}
	if s.product != nil {
		all = s.product.Close()
	}
	if s.dir != "" {
		all = errors.Join(all, os.RemoveAll(s.dir))
	}
	return all
}
