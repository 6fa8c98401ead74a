package filter

import (
	"cmp"
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

// tenant is where all documents are; each principal has a tenant of its own
// beside it that holds nothing but what it may read.
const tenant = "acme"

// stage holds what all ways search: one OpenFGA, one permission index, one store.
type stage struct {
	Options
	engine
	world  *worlds.Graded
	number map[eyeshot.Object]int
	fga    *openfga.Server
	index  *authzsync.Index
	dir    string
	bytes  map[string]int // of what a way keeps beside the documents, by way
}

func newStage(ctx context.Context, o Options) (*stage, error) {
	s := &stage{Options: o, number: map[eyeshot.Object]int{}, bytes: map[string]int{}}
	s.engine = engine{tenant: tenant, limit: o.Limit, policy: filters.DefaultPolicy(), asked: &asked{}}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"making the world", s.makeWorld}, {"writing relationships", s.openAuthz}, {"filling the store", s.openStore}, {"", s.openRetriever}} {
		o.Progress(step.name)
		if err := step.do(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (s *stage) makeWorld(context.Context) error {
	embedder, err := static.BuiltIn()
	if err != nil {
		return err
	}
	s.world = worlds.NewGraded(worlds.GradedSize{
		Documents: s.Documents, Dimension: embedder.Dimension(), Shares: s.Shares, PerGrade: perGrade,
	}, s.Seed)
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
		if err := s.fill(ctx, private(i), s.records(principal.Allowed)); err != nil {
			return err
		}
		s.bytes[namePrivate] += len(principal.Allowed) * s.world.Dimension * 4
	}
	return nil
}

func private(i int) string { return fmt.Sprintf("private-%d", i) }

func (s *stage) fill(ctx context.Context, tenant string, records []store.Record) error {
	if err := s.store.Prepare(ctx, tenant, store.EmbeddingModel{Name: "bench", Dimension: s.world.Dimension}); err != nil {
		return err
	}
	for lot := range slices.Chunk(records, 500) {
		if err := s.store.Upsert(ctx, tenant, lot); err != nil {
			return fmt.Errorf("filling the store: %w", err)
		}
	}
	return nil
}

// records are the documents, all or those that are allowed, with what other ways
// of filtering keep beside them as metadata: every principal that may read it, and
// the subject sets that reading it rests on.
func (s *stage) records(allowed map[int]bool) []store.Record {
	var all []store.Record
	view := s.index.View()
	for i, object := range s.world.Objects {
		if allowed != nil && !allowed[i] {
			continue
		}
		var principals, readers []string
		for _, principal := range s.world.Principals {
			if principal.Allowed[i] {
				principals = append(principals, string(principal.Subject))
			}
		}
		for _, reader := range view.Readers(object, "can_read") {
			readers = append(readers, string(reader))
			s.bytes[nameReaders] += len(reader)
		}
		s.bytes[nameFlattened] += 8 * len(principals)
		all = append(all, store.Record{
			Object: object, Title: "Ticket " + object.Local(), UpdatedAt: time.Unix(int64(i), 0), Hash: fmt.Sprint(i),
			Metadata: map[string]any{keyPrincipals: principals, keyReaders: readers},
			Chunks: []eyeshot.Chunk{{
				ChunkRef: eyeshot.ChunkRef{Object: object}, Text: "What the ticket says, in about as many words as a passage has.", Vector: s.world.Vectors[i],
			}},
		})
	}
	return all
}

// openRetriever makes the product's own search, with questions whose vectors
// are known.
func (s *stage) openRetriever(ctx context.Context) error {
	gate, err := filters.NewGate(s.policy, nil)
	if err != nil {
		return err
	}
	s.ours, err = retriever.New(retriever.Config{
		Tenants: s, Policy: s.policy, Gate: gate, Searcher: s.store, Content: filters.NewContent(s.store), Embedder: s.asked,
		Planner: filters.NewPlanner(s.store.Capabilities(), nil),
	})
	return err
}

// Tenant is the one that there is.
func (s *stage) Tenant(context.Context, string) (retriever.Tenant, error) {
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

// question is one search, and its right answer.
type question struct {
	subject eyeshot.Object
	vector  []float32
	allowed map[int]bool // documents of the world
	grade   int          // of the principal, among all
	truth   []eyeshot.Object
}

// question draws one and finds its answer by looking at every document.
func (s *stage) question(r *rand.Rand, principal worlds.Graduate) question {
	q := question{subject: principal.Subject, allowed: principal.Allowed, vector: s.world.Query(r, principal)}
	q.grade = slices.IndexFunc(s.world.Principals, func(p worlds.Graduate) bool { return p.Subject == principal.Subject })
	type scored struct {
		i     int
		score float64
	}
	var all []scored
	for i := range principal.Allowed {
		score := 0.0
		for d, x := range s.world.Vectors[i] {
			score += float64(x) * float64(q.vector[d])
		}
		if score > 0 {
			all = append(all, scored{i, score})
		}
	}
	slices.SortFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(s.world.Objects[a.i], s.world.Objects[b.i]))
	})
	for _, best := range all[:min(len(all), s.Limit)] {
		q.truth = append(q.truth, s.world.Objects[best.i])
	}
	return q
}

// Close ends everything and removes its data.
func (s *stage) Close() error {
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
