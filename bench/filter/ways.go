package filter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// The ways, by the names that tables have.
const (
	nameNone      = "no permissions"
	nameScope     = "ours, without the gate"
	nameOurs      = "ours"
	namePrivate   = "private index"
	nameList      = "list objects, then filter"
	nameFixed     = "over-fetch ten times, then check"
	nameDoubling  = "over-fetch, doubling, then check"
	nameFlattened = "principals on documents"
	nameReaders   = "readers ∩ memberships"

	keyPrincipals = "principals"
	keyReaders    = "readers"

	fixedFactor = 10
	mostChecks  = 5000 // of one search that over-fetches
)

// way is one way to search under permissions. All of them end with the text of
// what they found.
type way struct {
	name    string
	search  func(context.Context, question) (answer, error)
	ignores bool // permissions: what it finds is no answer
}

// answer is what a search found, best first.
type answer struct {
	objects []eyeshot.Object
	checks  int
}

func (s *stage) ways() []way {
	return []way{
		{name: nameNone, search: s.none, ignores: true},
		{name: namePrivate, search: s.private},
		{name: nameScope, search: s.scope},
		{name: nameOurs, search: s.wholeSearch},
		{name: nameFixed, search: s.fixed},
		{name: nameDoubling, search: s.doubling},
		{name: nameList, search: s.list},
		{name: nameFlattened, search: s.flattened},
		{name: nameReaders, search: s.readers},
	}
}

func (s *stage) none(ctx context.Context, q question) (answer, error) {
	return s.find(ctx, tenant, store.Query{Vector: q.vector, Access: store.AccessEverythingForTheGateToDecide()})
}

// private searches an index of what the principal may read and nothing else.
func (s *stage) private(ctx context.Context, q question) (answer, error) {
	return s.find(ctx, private(q.grade), store.Query{Vector: q.vector, Access: store.AccessEverythingForTheGateToDecide()})
}

// scope is our pre-filter alone: what permissions cost the search, without the
// price of asking OpenFGA.
func (s *stage) scope(ctx context.Context, q question) (answer, error) {
	scope, err := filters.NewScope(s.policy, s.as(q), s.index.View())
	if err != nil {
		return answer{}, err
	}
	return s.find(ctx, tenant, store.Query{Vector: q.vector, Access: scope.Access})
}

// wholeSearch is the product's search as it is.
func (s *stage) wholeSearch(ctx context.Context, q question) (answer, error) {
	s.asked.vector = q.vector
	response, err := s.ours.Search(ctx, s.as(q), retriever.Request{Query: "the question", Limit: s.Limit, Mode: retriever.Semantic})
	if err != nil {
		return answer{}, err
	}
	a := answer{checks: response.Stats.Checked}
	for _, result := range response.Results {
		a.objects = append(a.objects, result.Ref.Object)
	}
	return a, nil
}

// list asks OpenFGA for everything that the principal may read, and searches
// among that.
func (s *stage) list(ctx context.Context, q question) (answer, error) {
	view := s.index.View() // for its numbers alone
	listed := roaring.New()
	for object, err := range s.fga.StreamObjects(ctx, eyeshot.Subject(q.principal.Subject), "can_read", "ticket", nil) {
		if err != nil {
			return answer{}, err
		}
		if ordinal, known := view.Numbering().Ordinal(object); known {
			listed.Add(ordinal)
		}
	}
	set := store.NewDocumentSet(view.Numbering(), map[string]*roaring.Bitmap{"ticket": listed})
	return s.find(ctx, tenant, store.Query{Vector: q.vector, Access: store.AccessDocuments(set)})
}

// flattened finds the principal among those that each document lists.
func (s *stage) flattened(ctx context.Context, q question) (answer, error) {
	return s.find(ctx, tenant, store.Query{
		Vector: q.vector, Access: store.AccessEverythingForTheGateToDecide(),
		Where: store.Compare{Key: keyPrincipals, Op: store.Eq, Value: string(q.principal.Subject)},
	})
}

// readers finds documents that list a subject set which the principal is in.
func (s *stage) readers(ctx context.Context, q question) (answer, error) {
	var sets []any
	for _, set := range s.index.View().Memberships(eyeshot.Subject(q.principal.Subject)) {
		sets = append(sets, string(set))
	}
	return s.find(ctx, tenant, store.Query{
		Vector: q.vector, Access: store.AccessEverythingForTheGateToDecide(), Where: store.Compare{Key: keyReaders, Op: store.In, Value: sets},
	})
}

// fixed takes ten times as many as are wanted and keeps those that a check
// allows.
func (s *stage) fixed(ctx context.Context, q question) (answer, error) {
	return s.overFetch(ctx, q, func(int) int { return fixedFactor * s.Limit }, fixedFactor*s.Limit)
}

// doubling goes on, twice as far each time, until there are enough.
func (s *stage) doubling(ctx context.Context, q question) (answer, error) {
	return s.overFetch(ctx, q, func(had int) int { return max(had, s.Limit) }, mostChecks)
}

func (s *stage) overFetch(ctx context.Context, q question, next func(had int) int, most int) (a answer, err error) {
	lists, err := s.store.Search(ctx, tenant, store.Query{Vector: q.vector, Access: store.AccessEverythingForTheGateToDecide()})
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, lists.Close()) }()
	for a.checks < most && len(a.objects) < s.Limit {
		hits, err := lists.Semantic.Next(ctx, min(next(a.checks), most-a.checks))
		if err != nil || len(hits) == 0 {
			return a, err
		}
		allowed, err := s.check(ctx, q, hits)
		if err != nil {
			return a, err
		}
		a.checks += len(hits)
		a.objects = append(a.objects, allowed[:min(len(allowed), s.Limit-len(a.objects))]...)
	}
	return a, s.text(ctx, tenant, a.objects)
}

func (s *stage) check(ctx context.Context, q question, hits []store.Hit) (allowed []eyeshot.Object, err error) {
	checks := make([]authz.Check, len(hits))
	for i, hit := range hits {
		checks[i] = authz.Check{Subject: eyeshot.Subject(q.principal.Subject), Relation: "can_read", Object: hit.Ref.Object}
	}
	verdicts, err := s.fga.BatchCheck(ctx, checks, filters.CheckContext(time.Now()))
	if err != nil {
		return nil, err
	}
	for i, verdict := range verdicts {
		if verdict.Err != nil {
			return nil, fmt.Errorf("checking: %w", verdict.Err)
		}
		if verdict.Allowed {
			allowed = append(allowed, checks[i].Object)
		}
	}
	return allowed, nil
}

// find takes the best of a search, and their text.
func (s *stage) find(ctx context.Context, tenant string, query store.Query) (a answer, err error) {
	if query.Access.Nothing() {
		return a, nil
	}
	lists, err := s.store.Search(ctx, tenant, query)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, lists.Close()) }()
	hits, err := lists.Semantic.Next(ctx, s.Limit)
	if err != nil {
		return a, err
	}
	for _, hit := range hits {
		a.objects = append(a.objects, hit.Ref.Object)
	}
	return a, s.text(ctx, tenant, a.objects)
}

func (s *stage) text(ctx context.Context, tenant string, objects []eyeshot.Object) error {
	refs := make([]eyeshot.ChunkRef, len(objects))
	for i, object := range objects {
		refs[i] = eyeshot.ChunkRef{Object: object}
	}
	if len(refs) == 0 {
		return nil
	}
	passages, err := s.store.Passages(ctx, tenant, refs)
	if err == nil && len(passages) != len(refs) {
		err = fmt.Errorf("%d of %d passages have no text", len(refs)-len(passages), len(refs))
	}
	return err
}

func (s *stage) as(q question) eyeshot.Principal {
	return eyeshot.Principal{Tenant: tenant, Subject: q.principal.Subject}
}
