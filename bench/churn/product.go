package churn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/tenants"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// product is the product as it is open at the moment: its own retriever, and an
// indexer of its own parts, whose changes are noted on their way.
type product struct {
	*app.App
	tenant   *tenants.Tenant
	policy   filters.Policy
	model    *authz.Model
	variant  variant
	searcher *retriever.Retriever
	indexer  *indexer.Indexer

	stale sync.Once // of a fault: what is searched with from then on
	old   filters.Reach

	version *atomic.Int64 // the last of a text; it outlives a restart
	first   []eyeshot.Document
}

// variant is the authorization model that the product is opened with.
type variant string

const (
	shippedModel variant = "shipped"
	// strictModel takes reading away from assignees.
	strictModel variant = "strict"
)

func (v variant) dsl() (string, error) {
	const rule, strict = "browser or viewer or reporter or assignee or admin", "browser or viewer or reporter or admin"
	if v == shippedModel {
		return model.DSL(), nil
	}
	if strings.Count(model.DSL(), rule) != 1 {
		return "", errors.New("the shipped model has no rule of its own for assignees any more")
	}
	return strings.Replace(model.DSL(), rule, strict, 1), nil
}

// open opens the product, with its data as they were.
func (s *soak) open(ctx context.Context, v variant) error {
	dsl, err := v.dsl()
	if err != nil {
		return err
	}
	cfg := config.Default()
	cfg.DataDir = filepath.Join(s.options.Dir, "data")
	cfg.Authz.Timeout = 2 * time.Minute // a busy machine is slow, and nothing else
	cfg.Authz.Model = filepath.Join(s.options.Dir, string(v)+".fga")
	if err := os.WriteFile(cfg.Authz.Model, []byte(dsl), 0o600); err != nil {
		return fmt.Errorf("writing the model: %w", err)
	}
	opened, err := app.Open(ctx, cfg, app.Options{Logger: slog.New(slog.DiscardHandler), Version: s.options.Version})
	if err != nil {
		return fmt.Errorf("opening the product: %w", err)
	}
	next := &product{App: opened, variant: v, policy: filters.DefaultPolicy(), version: &atomic.Int64{}}
	if s.product != nil {
		next.version, next.first = s.version, s.first
	}
	s.product = next
	if err := s.assemble(ctx); err != nil {
		return errors.Join(err, opened.Close())
	}
	return nil
}

func (s *soak) assemble(ctx context.Context) error {
	var err error
	if s.tenant, err = s.Tenants.Create(ctx, tenantName); err != nil {
		return fmt.Errorf("setting the tenant up: %w", err)
	}
	if s.model, err = s.tenant.Model(ctx); err != nil {
		return fmt.Errorf("reading the model: %w", err)
	}
	embedder, err := static.BuiltIn()
	if err != nil {
		return fmt.Errorf("opening the embedding model: %w", err)
	}
	s.indexer, err = indexer.New(indexer.Config{
		Tenants: func(context.Context, string) (indexer.Tenant, error) { return s.recorder(), nil },
		Store:   s.recorder(), State: s.State, Embedder: embedder, LotDocuments: 8,
	})
	if err != nil {
		return err
	}
	s.searcher, err = s.newSearcher(embedder)
	return err
}

func (s *soak) recorder() recorder {
	return recorder{Tenant: s.tenant, Driver: s.Store, history: s.history}
}

// restart closes the product and opens it with the other model. The caller
// sees to it that nothing else runs.
func (s *soak) restart(ctx context.Context) error {
	s.running.Lock()
	defer s.running.Unlock()
	if err := s.Close(); err != nil {
		return fmt.Errorf("closing the product: %w", err)
	}
	next := shippedModel
	if s.variant == shippedModel {
		next = strictModel
	}
	if err := s.open(ctx, next); err != nil {
		return err
	}
	s.history.count("model changed, with a restart", 1)
	return nil
}

// build brings the world in.
func (s *soak) build(ctx context.Context) error {
	r := rand.New(rand.NewPCG(s.options.Seed, 1000))
	if err := s.recorder().Write(ctx, s.world.frame(), nil); err != nil {
		return fmt.Errorf("setting the world up: %w", err)
	}
	changer := s.newChanger()
	for range 12 * s.options.Users {
		if err := changer.once(ctx, r); err != nil {
			return err
		}
	}
	for _, object := range s.world.documents {
		s.first = append(s.first, s.world.document(r, object, int(s.version.Add(1))))
	}
	return s.bringIn(ctx, s.first)
}
