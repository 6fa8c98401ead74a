package quality

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/bench/openfga"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// site is the product's indexer, store and retriever over tenants whose
// permissions are exact and whose gate answers from the permission index: what
// is ranked does not depend on who checks it.
type site struct {
	dir      string
	state    *state.DB
	store    store.Driver
	schema   *authz.Model
	indexer  *indexer.Indexer
	searcher *retriever.Retriever
	tenants  map[string]*siteTenant
}

// projects that texts are spread over, at random.
const projects = 100

func newSite(ctx context.Context, embedder embed.Embedder) (*site, error) {
	s := &site{tenants: map[string]*siteTenant{}}
	if err := s.open(ctx, embedder); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *site) open(ctx context.Context, embedder embed.Embedder) (err error) {
	if s.schema, err = openfga.Model(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "eyeshot-bench-"); err != nil {
		return fmt.Errorf("making a temporary directory (TMPDIR says where): %w", err)
	}
	if s.state, err = state.Open(ctx, filepath.Join(s.dir, "state.db")); err != nil {
		return err
	}
	driver, err := embedded.Open(ctx, embedded.Config{Dir: s.dir})
	if err != nil {
		return err
	}
	s.store = store.NewService(driver, nil)
	s.indexer, err = indexer.New(indexer.Config{
		Tenants: func(_ context.Context, name string) (indexer.Tenant, error) { return s.tenants[name], nil },
		Store:   s.store, Embedder: embedder, State: s.state,
	})
	if err != nil {
		return err
	}
	policy := filters.DefaultPolicy()
	gate, err := filters.NewGate(policy, nil)
	if err != nil {
		return err
	}
	s.searcher, err = retriever.New(retriever.Config{
		Tenants: s, Policy: policy, Gate: gate, Searcher: s.store, Content: filters.NewContent(s.store), Embedder: embedder,
	})
	return err
}

// Tenant finds a tenant.
func (s *site) Tenant(_ context.Context, name string) (retriever.Tenant, error) {
	return s.tenants[name], nil
}

// add makes a tenant of some texts. Text i is in project place[i]; user:N may
// view the projects below N, and so about N% of all.
func (s *site) add(ctx context.Context, name string, texts []text, place map[string]int) error {
	t := &siteTenant{schema: s.schema}
	s.tenants[name] = t
	var documents []eyeshot.Document
	for _, one := range texts {
		object, err := eyeshot.NewObject("document", "corpus", one.ID)
		if err != nil {
			return err
		}
		project := eyeshot.Subject(fmt.Sprintf("project:corpus/%d", place[one.ID]))
		documents = append(documents, eyeshot.Document{
			Object: object, Title: one.Title, Text: one.Text,
			Relationships: []eyeshot.Relationship{{Subject: project, Relation: "project", Object: object}},
		})
	}
	report, err := s.indexer.Upsert(ctx, name, "corpus", documents)
	if err != nil {
		return fmt.Errorf("indexing %s: %w", name, err)
	}
	if report.RefusedTotal() > 0 && len(documents) == report.RefusedTotal() {
		return fmt.Errorf("%w: every text was refused: %v", eyeshot.ErrInvalid, report.Problems[0])
	}
	for project := range projects {
		for _, share := range shares() {
			if project < share {
				t.written = append(t.written, eyeshot.Relationship{
					Subject: eyeshot.Subject(reader(share)), Relation: "viewer", Object: eyeshot.Object(fmt.Sprintf("project:corpus/%d", project)),
				})
			}
		}
	}
	index, err := authzsync.Open(ctx, &worlds.Static{Relationships: t.written, Schema: s.schema}, authzsync.Options{})
	if err != nil {
		return err
	}
	t.index = index
	return nil
}

// shares are the shares of all texts that are searched, in percent.
func shares() []int { return []int{1, 5, 20, 50, 100} }

func reader(share int) eyeshot.Object { return eyeshot.Object(fmt.Sprintf("user:%d", share)) }

// spread draws a project for each text.
func spread(texts []text, seed uint64) map[string]int {
	r := rand.New(rand.NewPCG(seed, 5))
	place := map[string]int{}
	for _, one := range texts {
		place[one.ID] = r.IntN(projects)
	}
	return place
}

// search returns the ids of the texts that a reader finds, best first, and their
// scores.
func (s *site) search(ctx context.Context, tenant string, share int, mode retriever.Mode, query string) (found []string, scores []float64, err error) {
	response, err := s.searcher.Search(ctx, eyeshot.Principal{Tenant: tenant, Subject: reader(share)},
		retriever.Request{Query: query, Mode: mode, Limit: retriever.MaxLimit})
	if err != nil {
		return nil, nil, err
	}
	for _, result := range response.Results {
		found, scores = append(found, result.Ref.Object.Local()), append(scores, result.Score)
	}
	return found, scores, nil
}

// Close removes everything.
func (s *site) Close() error {
	var all error
	if s.store != nil {
		all = s.store.Close()
	}
	if s.state != nil {
		all = errors.Join(all, s.state.Close())
	}
	if s.dir != "" {
		all = errors.Join(all, os.RemoveAll(s.dir))
	}
	return all
}

// siteTenant keeps what the indexer writes, and then answers from it.
type siteTenant struct {
	schema  *authz.Model
	written []eyeshot.Relationship
	index   *authzsync.Index
}

// Write keeps relationships; texts are brought in once, so none is removed.
func (t *siteTenant) Write(_ context.Context, writes, _ []eyeshot.Relationship) error {
	t.written = append(t.written, writes...)
	return nil
}

// Model is the shipped one.
func (t *siteTenant) Model(context.Context) (*authz.Model, error) { return t.schema, nil }

// Reach is the index.
func (t *siteTenant) Reach(context.Context, time.Duration) (filters.Reach, bool, error) {
	return t.index.View(), true, nil
}

// BatchCheck answers from the index, which is exact here: there is no condition.
func (t *siteTenant) BatchCheck(_ context.Context, checks []authz.Check, _ authz.CheckContext) ([]authz.Verdict, error) {
	view := t.index.View()
	verdicts := make([]authz.Verdict, len(checks))
	for i, check := range checks {
		lower, _ := view.Allowed(check.Subject, check.Relation, check.Object.Type())
		ordinal, known := view.Numbering().Ordinal(check.Object)
		verdicts[i].Allowed = known && lower.Contains(ordinal)
	}
	return verdicts, nil
}
