package filter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// engine is what searching one tenant takes, in the ways that any tenant can be
// searched in.
type engine struct {
	tenant  string
	limit   int
	policy  filters.Policy
	store   store.Driver
	planner filters.Planner
	checker filters.Checker
	reach   func() filters.Reach
	ours    *retriever.Retriever
	asked   *asked
}

// way is one way to search under permissions. All of them end with the text of
// what they found.
type way struct {
	name    string
	search  func(context.Context, question) (answer, error)
	ignores bool                // permissions: what it finds is no answer
	lacks   func(question) bool // what it takes to be asked this; nil where it lacks nothing

	elsewhere bool // it works in a server, whose processor time counts too where it is known
}

// answer is what a search found, best first.
type answer struct {
	refs   []eyeshot.ChunkRef
	checks int
}

func (e *engine) none(ctx context.Context, q question) (answer, error) {
	return e.find(ctx, store.Query{Vector: q.vector, Access: store.AccessEverythingForTheGateToDecide()})
}

// scope is our pre-filter alone: what permissions cost the search, without the
// price of asking OpenFGA.
func (e *engine) scope(ctx context.Context, q question) (answer, error) {
	scope, err := filters.NewScope(e.policy, e.as(q), e.reach())
	if err != nil {
		return answer{}, err
	}
	access, _ := e.planner.Plan(scope, e.as(q), e.reach(), e.limit)
	return e.find(ctx, store.Query{Vector: q.vector, Access: access})
}

// wholeSearch is the product's search as it is.
func (e *engine) wholeSearch(ctx context.Context, q question) (answer, error) {
	e.asked.vector = q.vector
	response, err := e.ours.Search(ctx, e.as(q), retriever.Request{Query: "the question", Limit: e.limit, Mode: retriever.Semantic})
	if err != nil {
		return answer{}, err
	}
	a := answer{checks: response.Stats.Checked}
	for _, result := range response.Results {
		a.refs = append(a.refs, result.Ref)
	}
	return a, nil
}

// fixed takes ten times as many as are wanted and keeps those that a check
// allows.
func (e *engine) fixed(ctx context.Context, q question) (answer, error) {
	return e.overFetch(ctx, q, func(int) int { return fixedFactor * e.limit }, fixedFactor*e.limit)
}

// doubling goes on, twice as far each time, until there are enough.
func (e *engine) doubling(ctx context.Context, q question) (answer, error) {
	return e.overFetch(ctx, q, func(had int) int { return max(had, e.limit) }, mostChecks)
}

func (e *engine) overFetch(ctx context.Context, q question, next func(had int) int, most int) (a answer, err error) {
	lists, err := e.store.Search(ctx, e.tenant, store.Query{Vector: q.vector, Access: store.AccessEverythingForTheGateToDecide()})
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, lists.Close()) }()
	seen := map[eyeshot.Object]bool{}
	for fetched := 0; fetched < most && len(a.refs) < e.limit; {
		hits, err := lists.Semantic.Next(ctx, min(next(fetched), most-fetched))
		if err != nil || len(hits) == 0 {
			return a, err
		}
		fetched += len(hits)
		fresh := distinct(hits, seen)
		allowed, err := e.check(ctx, q, fresh)
		if err != nil {
			return a, err
		}
		a.checks += len(fresh)
		a.refs = append(a.refs, allowed[:min(len(allowed), e.limit-len(a.refs))]...)
	}
	return a, e.text(ctx, a.refs)
}

// distinct keeps the best passage of each document, once.
func distinct(hits []store.Hit, seen map[eyeshot.Object]bool) (refs []eyeshot.ChunkRef) {
	for _, hit := range hits {
		if !seen[hit.Ref.Object] {
			seen[hit.Ref.Object] = true
			refs = append(refs, hit.Ref)
		}
	}
	return refs
}

func (e *engine) check(ctx context.Context, q question, refs []eyeshot.ChunkRef) (allowed []eyeshot.ChunkRef, err error) {
	checks := make([]authz.Check, len(refs))
	for i, ref := range refs {
		checks[i] = authz.Check{Subject: eyeshot.Subject(q.subject), Relation: e.policy[ref.Object.Type()].Read, Object: ref.Object}
	}
	verdicts, err := e.checker.BatchCheck(ctx, checks, filters.CheckContext(time.Now()))
	if err != nil {
		return nil, err
	}
	for i, verdict := range verdicts {
		if verdict.Err != nil {
			return nil, fmt.Errorf("checking: %w", verdict.Err)
		}
		if verdict.Allowed {
			allowed = append(allowed, refs[i])
		}
	}
	return allowed, nil
}

// find takes the best documents of a search, and the text of their passages.
func (e *engine) find(ctx context.Context, query store.Query) (a answer, err error) {
	if query.Access.Nothing() {
		return a, nil
	}
	lists, err := e.store.Search(ctx, e.tenant, query)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, lists.Close()) }()
	for seen := map[eyeshot.Object]bool{}; len(a.refs) < e.limit; {
		hits, err := lists.Semantic.Next(ctx, e.limit-len(a.refs))
		if err != nil {
			return a, err
		}
		if len(hits) == 0 {
			break
		}
		a.refs = append(a.refs, distinct(hits, seen)...)
	}
	return a, e.text(ctx, a.refs)
}

func (e *engine) text(ctx context.Context, refs []eyeshot.ChunkRef) error {
	if len(refs) == 0 {
		return nil
	}
	passages, err := e.store.Passages(ctx, e.tenant, refs)
	if err == nil && len(passages) != len(refs) {
		err = fmt.Errorf("%d of %d passages have no text", len(refs)-len(passages), len(refs))
	}
	return err
}

func (e *engine) as(q question) eyeshot.Principal {
	return eyeshot.Principal{Tenant: e.tenant, Subject: q.subject}
}
