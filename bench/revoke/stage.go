package revoke

import (
	"bytes"
	"context"
	"encoding/json"
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
	world    *world
	words    worlds.Words
	embedder *static.Embedder
	vectors  [][]float32 // by document
	number   map[eyeshot.Object]int
	moments  *moments
	counts   counts

	dir     string
	product *app.App
	tenant  *tenants.Tenant
	server  *httptest.Server
	tokens  []string // by user
}

func newStage(ctx context.Context, o Options) (*stage, error) {
	s := &stage{Options: o, world: newWorld(o), words: worlds.NewWords(), number: map[eyeshot.Object]int{}}
	s.moments = newMoments(len(s.world.swings))
	for _, do := range []func(context.Context) error{s.open, s.fill, s.serve} {
		if err := do(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (s *stage) open(ctx context.Context) (err error) {
	if s.embedder, err = static.BuiltIn(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "eyeshot-bench-"); err != nil {
		return fmt.Errorf("making a temporary directory (TMPDIR says where): %w", err)
	}
	cfg := config.Default()
	cfg.DataDir = s.dir
	cfg.Authz.Timeout = 2 * time.Minute // a busy machine is slow, and nothing else
	if s.product, err = app.Open(ctx, cfg, app.Options{Version: s.Version}); err != nil {
		return err
	}
	if s.tenant, err = s.product.Tenants.Create(ctx, tenantName); err != nil {
		return err
	}
	for lot := range slices.Chunk(s.world.fixed, 100) {
		if err := s.tenant.Write(ctx, lot, nil); err != nil {
			return fmt.Errorf("writing the world: %w", err)
		}
	}
	return nil
}

// fill embeds and writes the documents as the indexer would.
func (s *stage) fill(ctx context.Context) error {
	model := store.EmbeddingModel{Name: s.embedder.Name(), Dimension: s.embedder.Dimension()}
	if err := s.product.Store.Prepare(ctx, tenantName, model); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(s.Seed, 9))
	var texts []string
	for i, object := range s.world.objects {
		s.number[object] = i
		texts = append(texts, s.world.name(i)+" "+s.words.Text(r, 30))
	}
	var err error
	if s.vectors, err = s.embedder.Embed(ctx, texts); err != nil {
		return fmt.Errorf("embedding the documents: %w", err)
	}
	var all []store.Record
	for i, object := range s.world.objects {
		all = append(all, store.Record{
			Object: object, Title: "Ticket " + object.Local(), UpdatedAt: time.Unix(int64(i), 0), Hash: fmt.Sprint(i),
			Chunks: []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: texts[i], Vector: s.vectors[i]}},
		})
	}
	for lot := range slices.Chunk(all, 500) {
		if err := s.product.Store.Upsert(ctx, tenantName, lot); err != nil {
			return fmt.Errorf("filling the store: %w", err)
		}
	}
	return nil
}

func (s *stage) serve(ctx context.Context) error {
	for u := range s.Users {
		token, err := s.product.Issuer.Mint(ctx, identity.Request{Tenant: tenantName, Subject: user(u).Object().ID()})
		if err != nil {
			return err
		}
		s.tokens = append(s.tokens, token)
	}
	handler := s.product.Handler()
	if s.between != nil {
		handler = s.between(handler)
	}
	s.server = httptest.NewServer(handler)
	return nil
}

// search asks over HTTP and returns what the answer holds. An answer that is none
// is an error: then there is nothing to judge.
func (s *stage) search(ctx context.Context, user int, query, mode string) ([]eyeshot.Object, error) {
	body, err := json.Marshal(map[string]any{"query": query, "mode": mode, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("encoding a search: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.server.URL+"/v1/search", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("searching: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+s.tokens[user])
	request.Header.Set("Content-Type", "application/json")
	response, err := s.server.Client().Do(request)
	if err != nil {
		return nil, fmt.Errorf("searching: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("searching: the server answered %s", response.Status)
	}
	var answer struct {
		Results []struct {
			Object eyeshot.Object `json:"object"`
		} `json:"results"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	var found []eyeshot.Object
	for _, result := range answer.Results {
		found = append(found, result.Object)
	}
	return found, nil
}

// Close ends everything and removes its data.
func (s *stage) Close() error {
	var all error
	if s.server != nil {
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
