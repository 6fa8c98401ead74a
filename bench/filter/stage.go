package filter

import (
	"context"
	"errors"
	"fmt"
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

// tenant is where all documents are; each principal has a tenant of its own
// beside it that holds nothing but what it may read.
const tenant = "acme"

// stage holds what all ways search: one OpenFGA, one permission index, one store.
type stage struct {
	Options
	engine
	chosen []way
	world  *worlds.Graded
	number map[eyeshot.Object]int
	fga    *openfga.Server
	index  *authzsync.Index
	dir    string

	postgres postgres
	bytes    map[string]int // of what a way keeps beside the documents, by way
}

func newStage(ctx context.Context, o Options) (*stage, error) {
	s := &stage{Options: o, number: map[eyeshot.Object]int{}, bytes: map[string]int{}}
	s.engine = engine{tenant: tenant, limit: o.Limit, policy: filters.DefaultPolicy(), asked: &asked{}}
	var err error
	if s.chosen, err = choose(s.ways(), o.Only); err != nil {
		return nil, err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"making the world", s.makeWorld}, {"writing relationships", s.openAuthz}, {"filling the store", s.openStore}, {"", s.openRetriever}, {"filling PostgreSQL", s.openPostgres}} {
		o.Progress(step.name)
		if err := step.do(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (s *stage) makeWorld(ctx context.Context) error {
	embedder, err := static.BuiltIn()
	if err != nil {
		return err
	}
	size := worlds.GradedSize{Documents: s.Documents, Dimension: embedder.Dimension(), Shares: s.Shares, PerGrade: perGrade}
	switch {
	case s.Tickets != nil:
		embed := func(texts []string) ([][]float32, error) { return embedder.Embed(ctx, texts) }
		s.world, err = worlds.FromTickets(size, s.Tickets, embed, s.Seed)
	case s.Matrix != nil:
		s.world, err = worlds.FromMatrix(size, s.Matrix, s.Seed)
	default:
		s.world = worlds.NewGraded(size, s.Seed)
	}
	if err != nil {
		return err
	}
	s.Shares, s.Documents = s.world.Shares, s.world.Documents
	for i, object := range s.world.Objects {
		s.number[object] = i
	}
	return nil
}

func (s *stage) openAuthz(ctx context.Context) (err error) {
	if s.fga, err = openfga.Start(ctx); err != nil {
		return err
	}
	if err := s.fga.Write(ctx, s.world.Relationships, nil); err != nil {
		return fmt.Errorf("writing the world: %w", err)
	}
	s.index, err = authzsync.Open(ctx, s.fga, authzsync.Options{ModelID: s.fga.ModelID(), DocumentTypes: s.policy.Types()})
	if err != nil {
		return err
	}
	s.checker, s.reach = s.fga, func() filters.Reach { return s.index.View() }
	sets, ids := s.index.View().Memory()
	s.bytes[nameOurs], s.bytes[nameScope] = sets+ids, sets+ids
	return nil
}

func (s *stage) openStore(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "eyeshot-bench-")
	if err != nil {
		return fmt.Errorf("making a temporary directory (TMPDIR says where): %w", err)
	}
	s.dir = dir
	driver, err := embedded.Open(ctx, embedded.Config{Dir: dir})
	if err != nil {
		return err
	}
	s.store = store.NewService(driver, nil)
	if err := s.fill(ctx, tenant, s.records(nil)); err != nil {
		return err
	}
	for i, principal := range s.world.Principals {
		if !s.wants(namePrivate) || !s.hasPrivate(i) {
			continue
		}
		s.Progress(fmt.Sprintf("private index %d of %d", i+1, len(s.world.Principals)))
		if err := s.fill(ctx, private(i), s.records(principal.Allowed)); err != nil {
			return err
		}
		s.bytes[namePrivate] += int(principal.Allowed.GetCardinality()) * s.vectorBytes()
	}
	s.countMetadata()
	return nil
}

func private(i int) string { return fmt.Sprintf("private-%d", i) }

// wants says whether a way is measured, and has to be set up.
func (s *stage) wants(name string) bool {
	return slices.ContainsFunc(s.chosen, func(w way) bool { return w.name == name })
}

// mostPrivate is how many documents a private index is made of at most: those of
// all principals together would be larger than what they are compared with.
const mostPrivate = 100_000

func (s *stage) hasPrivate(principal int) bool {
	return s.world.Principals[principal].Allowed.GetCardinality() <= mostPrivate
}

func (s *stage) vectorBytes() int { return 4 * s.world.Dimension }

// openRetriever makes the product's own search.
func (s *stage) openRetriever(context.Context) (err error) {
	s.planner = filters.NewPlanner(s.store.Capabilities(), nil)
	s.ours, err = s.retriever(&s.engine)
	return err
}

// retriever is the product's search over an engine's store, with questions whose
// vectors are known.
func (s *stage) retriever(e *engine) (*retriever.Retriever, error) {
	gate, err := filters.NewGate(e.policy, nil)
	if err != nil {
		return nil, err
	}
	return retriever.New(retriever.Config{
		Tenants: tenants{s.fga, e}, Policy: e.policy, Gate: gate, Searcher: e.store, Content: filters.NewContent(e.store), Embedder: e.asked, Planner: e.planner,
	})
}

// tenants has one tenant, which sees what the engine sees.
type tenants struct {
	*openfga.Server
	engine *engine
}

// Tenant is the one that there is.
func (t tenants) Tenant(context.Context, string) (retriever.Tenant, error) { return t, nil }

// Reach is the index as it is.
func (t tenants) Reach(context.Context, time.Duration) (filters.Reach, bool, error) {
	return t.engine.reach(), true, nil
}

// asked stands in for an embedder: a question's vector is drawn, not made from
// its text. One question is asked at a time.
type asked struct{ vector []float32 }

// Name names it.
func (a *asked) Name() string { return "bench" }

// Dimension is that of the vector.
func (a *asked) Dimension() int { return len(a.vector) }

// Embed returns the question's vector.
func (a *asked) Embed(context.Context, []string) ([][]float32, error) {
	return [][]float32{a.vector}, nil
}

// Close ends everything and removes its data.
func (s *stage) Close() error {
	all := s.postgres.close(context.Background())
	if s.store != nil {
		all = errors.Join(all, s.store.Close())
	}
	if s.fga != nil {
		all = errors.Join(all, s.fga.Close())
	}
	if s.dir != "" {
		all = errors.Join(all, os.RemoveAll(s.dir))
	}
	return all
}
