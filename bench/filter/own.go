package filter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// OwnOptions say what is measured of an installation's own data.
type OwnOptions struct {
	Tenant  string
	Sample  int // principals, drawn from all users
	Queries int // questions of each; default 3
	Limit   int // default 10
	Budget  time.Duration
	Seed    uint64
}

// own is one tenant of an installation. It is read and not written.
type own struct {
	OwnOptions
	engine
	view filters.Reach
}

// RunOwn measures searches of a sample of a tenant's users, who ask for titles of
// its documents. It reports numbers alone: no name, id or text.
//
// What is right is not known here beforehand. So every result is checked with
// OpenFGA again, and what over-fetching finds must be in our answer too.
func RunOwn(ctx context.Context, product *app.App, o OwnOptions) (*report.Report, error) {
	o.Queries, o.Limit = max(o.Queries, 3), max(o.Limit, 10)
	if o.Sample < 1 {
		return nil, eyeshot.Invalid("sample", fmt.Sprint(o.Sample), "must be above 0")
	}
	tenant, err := product.Tenants.Tenant(ctx, o.Tenant)
	if errors.Is(err, eyeshot.ErrNotFound) {
		return nil, eyeshot.Invalid("tenant", o.Tenant, "is not set up in this data directory")
	}
	if err != nil {
		return nil, err
	}
	view, _, err := tenant.Reach(ctx, 0)
	if err != nil {
		return nil, err
	}
	s := &own{OwnOptions: o, view: view}
	config := product.Retriever.Config
	embedder := config.Embedder
	s.engine = engine{tenant: o.Tenant, limit: o.Limit, policy: config.Policy, store: product.Store, planner: config.Planner, checker: tenant, reach: func() filters.Reach { return view }, asked: &asked{}}
	config.Embedder = s.asked
	if s.ours, err = retriever.New(config); err != nil {
		return nil, err
	}
	titles, err := s.titles(ctx)
	if err != nil {
		return nil, err
	}
	vectors, err := embedder.Embed(ctx, titles)
	if err != nil {
		return nil, fmt.Errorf("embedding questions: %w", err)
	}
	return s.measure(ctx, vectors)
}

// titles are those of documents drawn from the first that there are.
func (s *own) titles(ctx context.Context) ([]string, error) {
	objects, err := s.store.Objects(ctx, s.tenant, "", 5000)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(s.Seed, 21))
	r.Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
	var titles []string
	for _, object := range objects[:min(len(objects), 200)] {
		record, err := s.store.Document(ctx, s.tenant, object)
		if err != nil {
			return nil, err
		}
		if record.Title != "" {
			titles = append(titles, record.Title)
		}
	}
	if len(titles) == 0 {
		return nil, eyeshot.Invalid("tenant", s.tenant, "has no documents with a title to ask for")
	}
	return titles, nil
}

// users draws principals from all users that the permission index knows.
func (s *own) users() []eyeshot.Object {
	r := rand.New(rand.NewPCG(s.Seed, 22))
	total := s.view.Total(eyeshot.TypeUser)
	var all []eyeshot.Object
	for _, i := range r.Perm(total) {
		if user, known := s.view.Numbering().Object(eyeshot.TypeUser, uint32(i)); known && len(all) < s.Sample {
			all = append(all, user)
		}
	}
	return all
}

// ownWays are those that need nothing that an installation doesn't have.
func (s *own) ownWays() []way {
	return []way{
		{name: nameNone, search: s.none, ignores: true}, {name: nameScope, search: s.scope}, {name: nameOurs, search: s.wholeSearch},
		{name: nameFixed, search: s.fixed}, {name: nameDoubling, search: s.doubling},
	}
}

// band is a range of shares of all documents.
type band struct {
	name string
	most float64
}

func bands() []band {
	return []band{
		{"nothing", 0}, {"up to 0.1%", 0.001}, {"up to 1%", 0.01}, {"up to 5%", 0.05}, {"up to 20%", 0.2}, {"up to 50%", 0.5}, {"more than 50%", 1},
	}
}

type ownKey struct{ band, way string }

func (s *own) measure(ctx context.Context, vectors [][]float32) (*report.Report, error) {
	stats, err := s.store.Stats(ctx, s.tenant)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(s.Seed, 23))
	cells, people := map[ownKey]*cell{}, map[string]int{}
	users := s.users()
	for _, user := range users {
		in := s.band(user, stats.Documents)
		people[in]++
		for range s.Queries {
			q := question{subject: user, vector: vectors[r.IntN(len(vectors))]}
			if err := s.ask(ctx, r, in, q, cells); err != nil {
				return nil, err
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return s.tables(cells, people, len(users), stats.Documents, stats.Chunks), nil
}

func (s *own) band(user eyeshot.Object, documents int) string {
	scope, err := filters.NewScope(s.policy, eyeshot.Principal{Tenant: s.tenant, Subject: user}, s.view)
	share := float64(scope.Allowed) / float64(max(documents, 1))
	for _, b := range bands() {
		if err == nil && share <= b.most {
			return b.name
		}
	}
	return bands()[len(bands())-1].name
}

// ask asks one question in every way and judges the answers against each other
// and against OpenFGA.
func (s *own) ask(ctx context.Context, r *rand.Rand, in string, q question, cells map[ownKey]*cell) error {
	ways := s.ownWays()
	answers := map[string]answer{}
	for _, i := range r.Perm(len(ways)) {
		key := ownKey{in, ways[i].name}
		if cells[key] == nil {
			cells[key] = &cell{meter: &measure.Meter{Clock: measure.Process}}
		}
		c := cells[key]
		if c.spent > s.Budget && len(c.checks) >= 3 {
			continue
		}
		began := time.Now()
		var a answer
		if err := c.meter.Time(func() (err error) { a, err = ways[i].search(ctx, q); return err }); err != nil {
			return fmt.Errorf("%s: %w", ways[i].name, err)
		}
		c.spent += time.Since(began)
		c.checks = append(c.checks, float64(a.checks))
		answers[ways[i].name] = a
	}
	for name, a := range answers {
		if err := s.judge(ctx, q, a, answers[nameOurs], answers[nameFixed], cells[ownKey{in, name}]); err != nil {
			return err
		}
	}
	return nil
}

// judge counts results that OpenFGA denies, and the share of the right ones: ours,
// and whatever over-fetching found that is allowed.
func (s *own) judge(ctx context.Context, q question, a, ours, fetched answer, c *cell) error {
	allowed, err := s.check(ctx, q, a.refs)
	if err != nil {
		return err
	}
	c.leaks += len(a.refs) - len(allowed)
	right := map[eyeshot.Object]bool{}
	for _, ref := range slices.Concat(ours.refs, fetched.refs) {
		if len(right) < s.limit {
			right[ref.Object] = true
		}
	}
	found := 0
	for _, ref := range allowed {
		if right[ref.Object] {
			found++
		}
	}
	c.recall = append(c.recall, float64(found)/float64(max(len(right), 1)))
	if len(right) == 0 {
		c.recall[len(c.recall)-1] = 1
	}
	if len(a.refs) < len(right) {
		c.short++
	}
	return nil
}

func (s *own) tables(cells map[ownKey]*cell, people map[string]int, users, documents, chunks int) *report.Report {
	r := &report.Report{World: map[string]any{"tenant": "of the caller's own", "documents": documents, "passages": chunks, "users asked for": users, "queries": s.Queries, "limit": s.limit}}
	for _, b := range bands() {
		t := report.Table{
			Title: fmt.Sprintf("%s of %d documents may be read: %d of %d users", b.name, documents, people[b.name], users),
			Head:  []string{"", "p50 ms", "p95", "p99", "processor p50", "× ours", "recall", "short", "leaks", "checks", "n"},
		}
		for _, w := range s.ownWays() {
			if c := cells[ownKey{b.name, w.name}]; c != nil && len(c.recall) > 0 {
				t.Rows = append(t.Rows, row(w, c, cells[ownKey{b.name, nameOurs}], false))
				r.Add(w.name+", "+b.name, "µs of processor time, p50", measure.Quantile(c.meter.CPU, 0.5), c.meter.CPU)
			}
		}
		if len(t.Rows) > 0 {
			r.Tables = append(r.Tables, t)
		}
	}
	leaks := 0
	for key, c := range cells {
		if key.way == nameOurs {
			leaks += c.leaks
		}
	}
	r.Goals = []report.Goal{{Name: "ours: leaks", Value: float64(leaks)}}
	r.Notes = []string{"Right is what our search finds and OpenFGA allows, with what over-fetching finds beside it. Questions are titles of documents; nothing was written."}
	return r
}
