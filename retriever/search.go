package retriever

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Search answers one request. Errors: [eyeshot.ErrInvalid] for a bad request,
// [eyeshot.ErrUnauthenticated] for an invalid principal, [eyeshot.ErrNotFound]
// for an unknown tenant, [eyeshot.ErrUnavailable] when OpenFGA, the store or the
// embedder can't be reached: never an empty answer in its place.
func (r *Retriever) Search(ctx context.Context, principal eyeshot.Principal, request Request) (*Response, error) {
	start := time.Now()
	request, err := request.normalize()
	if err != nil {
		return nil, err
	}
	tenant, err := r.tenant(ctx, principal)
	if err != nil {
		return nil, err
	}
	s := &search{Retriever: r, tenant: tenant, principal: principal, request: request, verdicts: map[eyeshot.Object]verdict{}}
	s.stats.Mode = request.Mode
	response, err := s.run(ctx)
	if err != nil {
		return nil, unavailableOnTimeout(err)
	}
	response.Took = time.Since(start)
	r.Observer.Search(response.Stats)
	return response, nil
}

// search is the state of one request.
type search struct {
	*Retriever
	tenant    Tenant
	principal eyeshot.Principal
	request   Request
	verdicts  map[eyeshot.Object]verdict // distinct documents: one check each
	reasons   []Reason
	stats     Stats
	reach     filters.Reach // one version for the whole request
	deadline  time.Time     // of the budget
}

func (s *search) run(ctx context.Context) (*Response, error) {
	scope, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	if scope.Access.Nothing() {
		return s.nothing(ctx)
	}
	lists, err := s.lists(ctx, scope)
	if err != nil {
		return nil, err
	}
	defer lists.Close()
	s.deadline = s.Now().Add(s.Budget.Time)
	open := newLists(lists)
	picked, err := s.pick(ctx, open)
	s.account(open)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, picked)
}

func (s *search) scope(ctx context.Context) (filters.Scope, error) {
	defer s.timed("scope")()
	reach, fresh, err := s.tenant.Reach(ctx, s.request.MaxAge)
	if err != nil {
		return filters.Scope{}, fmt.Errorf("permission index: %w", err)
	}
	if !fresh {
		s.reason(ReasonStale)
	}
	s.reach = reach
	scope, err := filters.NewScope(s.Policy, s.principal, reach)
	if err != nil {
		return scope, err
	}
	s.stats.Allowed, s.stats.Exact = scope.Allowed, scope.Exact
	scope.Access, s.stats.Plan = s.Planner.Plan(scope, s.principal, reach, s.request.Limit*s.request.ChunksPerDocument)
	return scope, nil
}

// account adds up what the lists cost.
func (s *search) account(lists []*list) {
	for _, list := range lists {
		s.stats.InStore += list.took
		s.stats.Found += len(list.hits)
	}
}

// nothing answers for a principal that reaches no document. OpenFGA is asked a
// question all the same: when it can't be reached, the answer is an error and
// not an empty list.
func (s *search) nothing(ctx context.Context) (*Response, error) {
	probe := eyeshot.Object(s.Policy.Types()[0] + ":none")
	if _, err := s.decide(ctx, []eyeshot.Object{probe}); err != nil {
		return nil, err
	}
	return s.respond(nil), nil
}

func (s *search) lists(ctx context.Context, scope filters.Scope) (store.Lists, error) {
	query := store.Query{Access: scope.Access, Where: s.request.Filter}
	if s.request.Mode != Semantic {
		query.Text = s.request.Query
	}
	if s.request.Mode != Keyword {
		vector, err := s.embed(ctx)
		if err != nil {
			return store.Lists{}, err
		}
		query.Vector = vector
	}
	lists, err := s.find(ctx, query)
	if err != nil {
		return store.Lists{}, err
	}
	access, plan, again := s.Planner.Overtaken(query.Access, s.stats.Plan, s.reach)
	if !again {
		return lists, nil
	}
	if err := lists.Close(); err != nil {
		return store.Lists{}, fmt.Errorf("searching the store: %w", err)
	}
	query.Access, s.stats.Plan = access, plan
	return s.find(ctx, query)
}

func (s *search) find(ctx context.Context, query store.Query) (store.Lists, error) {
	start := time.Now()
	lists, err := s.Searcher.Search(ctx, s.principal.Tenant, query)
	took := time.Since(start)
	s.stats.InStore += took
	s.Observer.Stage("search", took)
	if err != nil {
		return store.Lists{}, fmt.Errorf("searching the store: %w", err)
	}
	return lists, nil
}

func (s *search) embed(ctx context.Context) ([]float32, error) {
	defer s.timed("embed")()
	vectors, err := s.Embedder.Embed(ctx, []string{s.request.Query})
	if err != nil {
		// Whatever the embedder's error is, the caller's query is not to blame for it.
		return nil, fmt.Errorf("%w: embedding the query: %v", eyeshot.ErrUnavailable, err)
	}
	if len(vectors) != 1 {
		return nil, fmt.Errorf("embedding the query: %w: got %d vectors for one text", eyeshot.ErrUnavailable, len(vectors))
	}
	return vectors[0], nil
}

// picked is a passage that goes into the answer, with what opens it.
type picked struct {
	ranked
	permit filters.Permit
}

// pick walks the fused list in order of rank, a lot at a time, and takes what
// the gate allows until the answer is full, the list ends or the budget does.
func (s *search) pick(ctx context.Context, lists []*list) ([]picked, error) {
	best, err := s.bestReadable(ctx, lists)
	if err != nil {
		return nil, err
	}
	stream := newStream(lists, best)
	var out []picked
	taken := map[eyeshot.Object]int{}
	for round := 0; len(out) < s.request.Limit && s.mayLook(round); round++ {
		s.stats.Rounds++
		lot, done, err := s.lot(ctx, stream, s.lotSize(round, len(out)), taken)
		if err != nil {
			return nil, err
		}
		permitted, err := s.admit(ctx, lot)
		if err != nil {
			return nil, err
		}
		for _, candidate := range permitted[:min(len(permitted), s.request.Limit-len(out))] {
			taken[candidate.ref.Object]++
			out = append(out, candidate)
		}
		if done {
			break
		}
	}
	return out, nil
}

// lotSize is what the answer still lacks, and more in each round that the gate
// removed some, so that a scope that lets too much through costs few rounds.
func (s *search) lotSize(round, have int) int {
	const most = 200
	if round == 0 {
		return s.request.Limit
	}
	return max(s.request.Limit-have, min(s.request.Limit<<min(round, 8), most))
}

// lot takes the next candidates off the stream, enough for want results if the
// gate allows them all. Chunks of documents that are denied, or have given as
// many as they may, are passed over, for as long as the budget of time lasts.
func (s *search) lot(ctx context.Context, stream *stream, want int, taken map[eyeshot.Object]int) (lot []ranked, done bool, err error) {
	defer s.timed("fuse")()
	pending := map[eyeshot.Object]int{}
	for len(lot) < want {
		candidate, ok, err := stream.next(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("searching the store: %w", err)
		}
		if !ok {
			return lot, true, nil
		}
		object := candidate.ref.Object
		denied := s.verdicts[object].known && !s.verdicts[object].allowed
		if denied || taken[object]+pending[object] >= s.request.ChunksPerDocument {
			if !s.withinTime() {
				return lot, true, nil
			}
			continue
		}
		pending[object]++
		lot = append(lot, candidate)
	}
	return lot, false, nil
}

func (s *search) respond(results []Result) *Response {
	if results == nil {
		results = []Result{}
	}
	s.stats.Results, s.stats.Complete = len(results), len(s.reasons) == 0
	return &Response{Results: results, Complete: s.stats.Complete, Reasons: s.reasons, Stats: s.stats}
}

func (s *search) reason(reason Reason) {
	if !slices.Contains(s.reasons, reason) {
		s.reasons = append(s.reasons, reason)
	}
}

// unavailableOnTimeout makes a deadline that ended a search an
// [eyeshot.ErrUnavailable]: the caller may try again.
func unavailableOnTimeout(err error) error {
	if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, eyeshot.ErrUnavailable) {
		return fmt.Errorf("%w: the search took too long: %w", eyeshot.ErrUnavailable, err)
	}
	return err
}
