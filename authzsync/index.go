package authzsync

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
)

// Index is the permission index of one tenant. All methods are safe for
// concurrent use.
type Index struct {
	source  Source
	options Options
	stops   algebra.Stops
	clock   Clock
	log     *slog.Logger

	view atomic.Pointer[View]

	mu      sync.Mutex // guards what changes the view
	ledger  *ledger
	stats   Stats
	journal map[*journal]bool // of those who build a state aside
	failed  error             // set once the index can't hold what it was told
	cleared bool              // the store was lost, and was not read anew yet
	ordered int               // objects when they were last numbered in order
	storeID string            // of the store that the view shows
	keepers []*behind         // those who are told of documents whose readers change

	looking turnstile // one look at OpenFGA at a time; taken before mu
	tail    tail      // guarded by looking
	astray  bool      // the log refused the place to read from; guarded by looking
}

// Stats counts what an index did since it was opened.
type Stats struct {
	Relationships int       // held now
	AsOf          time.Time // see [View.AsOf]
	ModelID       string
	Applied       int // changes that changed something, own writes included
	Asked         int // relationships asked about because the log was in doubt
	Models        int // models that were swapped in
	Rebuilds      int // times that everything was read anew
	Reconciled    int // comparisons with all of OpenFGA's relationships
	Mended        int // relationships that these found wrong: it should stay 0
	Snapshots     int // snapshots written
}

// Open builds the index of a store and returns it, current as of the call.
func Open(ctx context.Context, source Source, options Options) (*Index, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	x := &Index{
		source: source, options: options, clock: options.Clock, log: options.Logger,
		ledger: newLedger(), journal: map[*journal]bool{}, looking: newTurnstile(),
	}
	x.stops.Documents = map[string]bool{}
	for _, typ := range options.DocumentTypes {
		x.stops.Documents[typ] = true
	}
	if err := x.start(ctx); err != nil {
		return nil, fmt.Errorf("open the permission index of store %s: %w", source.ID(), err)
	}
	return x, nil
}

// View returns the index as it is now.
func (x *Index) View() *View { return x.view.Load() }

// Stats returns the counters.
func (x *Index) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	stats, view := x.stats, x.View()
	stats.Relationships, stats.AsOf, stats.ModelID = view.Relationships(), view.AsOf(), view.ModelID()
	return stats
}

// beginAnew notes that the index is to show a state that was read anew. The
// caller holds mu and publishes it next.
func (x *Index) beginAnew() {
	x.failed, x.cleared = nil, false
	x.forgetReaders()
}

// forgetReaders notes that any document may have other readers than before. The
// caller holds mu and publishes the version that has them next.
func (x *Index) forgetReaders() {
	for _, b := range x.keepers {
		b.markAll()
	}
}

// publish makes a version the current view. The caller holds mu.
func (x *Index) publish(version *algebra.Version, asOf time.Time) {
	x.view.Store(&View{version: version, stops: x.stops, asOf: asOf, whole: !x.cleared && x.failed == nil})
}

// change is one step of a relationship: written, or taken away.
type change struct {
	relationship eyeshot.Relationship
	deleted      bool
}

// commit applies changes as one version. The caller holds mu.
func (x *Index) commit(changes []change) {
	if len(changes) == 0 {
		return
	}
	view := x.View()
	state, applied, err := applyTo(view.version.State(), view.version.Program(), changes)
	if err != nil {
		x.failed = err
		x.log.Error("the permission index can't hold a relationship", "error", err)
	}
	x.stats.Applied += applied
	// Before the version is published: whoever sees a document in it finds that
	// its readers are behind.
	if len(x.keepers) > 0 {
		documents := concerned(state, changes, x.stops.Documents)
		for _, b := range x.keepers {
			b.mark(documents)
		}
	}
	for j := range x.journal {
		j.changes = append(j.changes, changes...)
	}
	x.publish(algebra.NewVersion(view.version.Program(), state, view.version), view.asOf)
}
