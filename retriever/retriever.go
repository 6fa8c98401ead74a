// Package retriever turns a principal and a query into results: it takes the
// scope from the permission index, searches the store inside it, fuses the
// lists, lets the gate decide about candidates in the order of their rank, and
// goes on until the answer is full or the lists are at their end. It opens no
// content that the gate has not allowed, and it never returns a short list
// without saying why.
package retriever

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Tenant is what a search needs of one tenant.
type Tenant interface {
	filters.Checker
	// Reach returns one version of the tenant's permission index for the whole
	// request. Where the index is older than maxAge (0: any age will do) and
	// does not catch up, or where it is not whole, fresh is false.
	Reach(ctx context.Context, maxAge time.Duration) (reach filters.Reach, fresh bool, err error)
}

// Tenants finds a tenant by the name in the verified token; one that does not
// exist is [eyeshot.ErrNotFound].
type Tenants interface {
	Tenant(ctx context.Context, name string) (Tenant, error)
}

// Observer is told how long each stage of a search took, and how a search
// ended. Both are called from many goroutines.
type Observer interface {
	Stage(stage string, took time.Duration)
	Search(stats Stats)
}

// Stats says what one search did, in numbers that name no document.
type Stats struct {
	Mode     Mode
	Allowed  int  // documents in the scope
	Exact    bool // the scope needed no gate to be right
	Checked  int  // documents that the gate decided about
	Denied   int  // of them, denied: 0 where the scope is exact and current
	Rounds   int  // times that candidates were taken: 1 where nothing had to be refilled
	Found    int  // hits that the store gave
	Results  int
	Complete bool
	Plan     filters.Plan
	InStore  time.Duration // spent searching and reading lists; Plan.Estimate is of this
}

// Config is what a Retriever is made of. All fields but Observer and Budget are
// required.
type Config struct {
	Tenants  Tenants
	Policy   filters.Policy
	Gate     *filters.Gate
	Searcher store.Searcher
	Content  filters.Content
	Embedder embed.Embedder
	Observer Observer
	Budget   Budget
	// Planner chooses how the store is searched; the zero Planner leaves it to
	// the store.
	Planner filters.Planner
	Now     func() time.Time // the clock of the budget; nil is [time.Now]
}

// Budget bounds what one search may cost before it answers with what it has
// and says so. Zero fields take the defaults.
type Budget struct {
	Checks int // documents that the gate may be asked about; default 2000
	// Time is how long a search goes on looking for what the gate lets pass,
	// once the store has answered; default 3 seconds.
	Time time.Duration
}

// Retriever answers searches. It is safe for concurrent use.
type Retriever struct{ Config }

// New checks the configuration and builds a Retriever.
func New(config Config) (*Retriever, error) {
	if config.Tenants == nil || config.Gate == nil || config.Searcher == nil || config.Embedder == nil {
		return nil, errors.New("retriever: tenants, gate, searcher and embedder are required")
	}
	if err := config.Policy.Validate(); err != nil {
		return nil, fmt.Errorf("retriever: %w", err)
	}
	if config.Observer == nil {
		config.Observer = nobody{}
	}
	if config.Budget.Checks <= 0 {
		config.Budget.Checks = 2000
	}
	if config.Budget.Time <= 0 {
		config.Budget.Time = 3 * time.Second
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Retriever{config}, nil
}

type nobody struct{}

func (nobody) Stage(string, time.Duration) {}
func (nobody) Search(Stats)                {}

// Document returns one document if the gate allows it. Everything else (it does
// not exist, it may not be read, its type is unknown, the id is malformed) is
// [eyeshot.ErrNotFound]; an authorization system that can't be reached is
// [eyeshot.ErrUnavailable].
//
// SECURITY: the check comes first and is made whether or not the document
// exists, so that denied and absent take the same path and the same time.
func (r *Retriever) Document(ctx context.Context, principal eyeshot.Principal, object eyeshot.Object) (store.Record, error) {
	tenant, err := r.tenant(ctx, principal)
	if err != nil {
		return store.Record{}, err
	}
	before, err := r.Content.Versions(ctx, principal.Tenant, []eyeshot.Object{object})
	if err != nil {
		return store.Record{}, fmt.Errorf("reading versions: %w", err)
	}
	decisions, err := r.Gate.Decide(ctx, tenant, principal, []eyeshot.Object{object})
	if errors.Is(err, eyeshot.ErrInvalid) { // OpenFGA refuses the id: it names nothing
		return store.Record{}, eyeshot.ErrNotFound
	}
	if err != nil {
		return store.Record{}, err
	}
	permit, ok := decisions[0].Permit()
	if !ok {
		return store.Record{}, eyeshot.ErrNotFound
	}
	record, err := r.Content.Document(ctx, permit)
	if err != nil {
		return store.Record{}, err
	}
	// SECURITY: the verdict was about the content of before; see stillSame.
	if record.Hash != before[object] {
		return store.Record{}, fmt.Errorf("%w: the document changed while it was read", eyeshot.ErrUnavailable)
	}
	return record, nil
}

func (r *Retriever) tenant(ctx context.Context, principal eyeshot.Principal) (Tenant, error) {
	if err := principal.Validate(); err != nil {
		return nil, err
	}
	return r.Tenants.Tenant(ctx, principal.Tenant)
}

// timed reports how long a stage took when the returned function is called.
func (r *Retriever) timed(stage string) func() {
	start := time.Now()
	return func() { r.Observer.Stage(stage, time.Since(start)) }
}
