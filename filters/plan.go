package filters

import (
	"maps"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// ReaderReach is what a [Reach] also knows where the store keeps readers.
type ReaderReach interface {
	// Memberships returns the subject sets that a subject is in, sorted.
	Memberships(subject eyeshot.Subject) []eyeshot.Subject
	// Behind returns the documents whose readers in the store may not be those
	// of this version. Where ready is false that may be any of them.
	Behind() (documents []eyeshot.Object, ready bool)
	// Overtaken reports whether the readers of one of the documents may have
	// changed since. A store that was searched by its readers may then have been
	// ahead of this version, and have passed over documents.
	Overtaken(documents store.DocumentSet) bool
}

// Planner chooses the way that a store is searched. It is a matter of speed
// alone: whichever way it takes, no document that is in the scope is left out
// of the search, and none that is not gets in. It is safe for concurrent use.
type Planner struct {
	capabilities store.Capabilities
	costs        store.Costs
}

// NewPlanner returns a planner for a store. costs are those measured for it;
// for a way that they don't have, the driver's built-in figures count.
func NewPlanner(capabilities store.Capabilities, costs store.Costs) Planner {
	all := maps.Clone(capabilities.Costs)
	if all == nil {
		all = store.Costs{}
	}
	maps.Copy(all, costs)
	return Planner{capabilities, all}
}

// Plan is how a scope is searched, and what that was expected to cost.
type Plan struct {
	// Way is store.Any where the planner leaves it to the store, or where
	// Load.Allowed is 0 and nothing is searched.
	Way      store.Way
	Estimate time.Duration // of one list, by the cost model
	Load     store.Load
	// Considered are the estimates of all ways that were open.
	Considered map[store.Way]time.Duration
}

// Name names the plan: "none", "exact", "filtered", "unfiltered", or "any".
func (p Plan) Name() string {
	if p.Load.Allowed == 0 {
		return "none"
	}
	return p.Way.String()
}

// maxBehind is how many documents a filter names by id beside the readers that
// it goes by; when more are behind, the readers are of no use yet.
const maxBehind = 1000

// Plan returns the scope's access on the way that should find wanted results
// soonest. Ways that cost the same are taken in the order exact, filtered,
// unfiltered.
func (p Planner) Plan(scope Scope, principal eyeshot.Principal, reach Reach, wanted int) (store.Access, Plan) {
	plan := Plan{Load: store.Load{Allowed: scope.Allowed, Documents: scope.Documents, Wanted: wanted}, Considered: map[store.Way]time.Duration{}}
	if scope.Allowed == 0 {
		return scope.Access, plan
	}
	if limit := p.capabilities.MaxExact; p.capabilities.Has(store.Exact) && (limit == 0 || scope.Allowed <= limit) {
		p.consider(&plan, store.Exact)
	}
	if p.capabilities.Has(store.Unfiltered) {
		p.consider(&plan, store.Unfiltered)
	}
	route := p.filtered(&plan, principal, reach)
	plan.choose()
	route.Way = plan.Way
	return scope.Access.By(route), plan
}

// Overtaken returns a way to search again where the store was searched by
// readers that this version of the permission index does not know; otherwise
// again is false. It is to be asked once the lists are open.
//
// SECURITY: as in filtered: an answer must not be short in silence.
func (p Planner) Overtaken(access store.Access, plan Plan, reach Reach) (other store.Access, replanned Plan, again bool) {
	readers, known := reach.(ReaderReach)
	if !known || len(access.Route().Memberships) == 0 || !readers.Overtaken(access.Documents()) {
		return access, plan, false
	}
	considered := maps.Clone(plan.Considered)
	delete(considered, store.Filtered)
	plan.Considered, plan.Load.Memberships = considered, 0
	plan.choose()
	return access.By(store.Route{Way: plan.Way}), plan, true
}

// choose takes the cheapest of the ways considered.
func (p *Plan) choose() {
	p.Way, p.Estimate = store.Any, 0
	for _, way := range []store.Way{store.Exact, store.Filtered, store.Unfiltered} {
		if estimate, open := p.Considered[way]; open && (p.Way == store.Any || estimate < p.Estimate) {
			p.Way, p.Estimate = way, estimate
		}
	}
}

func (p Planner) consider(plan *Plan, way store.Way) {
	plan.Considered[way] = p.costs[way].Of(plan.Load)
}

// filtered considers the way of that name. Memberships take a while to list, so
// that is left where the way would lose without any.
func (p Planner) filtered(plan *Plan, principal eyeshot.Principal, reach Reach) store.Route {
	if !p.capabilities.Has(store.Filtered) {
		return store.Route{}
	}
	if !p.capabilities.Readers {
		p.consider(plan, store.Filtered)
		return store.Route{}
	}
	readers, known := reach.(ReaderReach)
	if !known {
		return store.Route{}
	}
	behind, ready := readers.Behind()
	// SECURITY: it costs recall, not secrecy, but an answer must not be short in
	// silence: readers that are not in step are not gone by.
	if !ready || len(behind) > maxBehind || p.loses(plan) {
		return store.Route{}
	}
	memberships := readers.Memberships(eyeshot.Subject(principal.Subject))
	if limit := p.capabilities.MaxMemberships; limit > 0 && len(memberships) > limit {
		return store.Route{}
	}
	plan.Load.Memberships = len(memberships) + len(behind)
	p.consider(plan, store.Filtered)
	return store.Route{Memberships: memberships, Behind: behind}
}

// loses says whether another way costs no more than Filtered would with no
// membership at all.
func (p Planner) loses(plan *Plan) bool {
	if len(plan.Considered) == 0 {
		return false
	}
	best := slices.Min(slices.Collect(maps.Values(plan.Considered)))
	return best <= p.costs[store.Filtered].Of(plan.Load)
}
