package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// State is what a sync remembers beside what the indexer does; see package
// state.
type State interface {
	Checkpoint(ctx context.Context, tenant, name string) (string, error)
	SaveCheckpoint(ctx context.Context, tenant, name, value string) error
	See(ctx context.Context, tenant, reading string, objects []eyeshot.Object) error
	Seen(ctx context.Context, tenant, reading string) ([]eyeshot.Object, error)
	Unsee(ctx context.Context, tenant, reading string) error
	UnseeSome(ctx context.Context, tenant, reading string, objects []eyeshot.Object) error
	Unstage(ctx context.Context, tenant, source string, relationships []eyeshot.Relationship) error

	Owned(ctx context.Context, tenant string, objects []eyeshot.Object) ([]state.Owned, error)
	Staged(ctx context.Context, tenant, source string, object eyeshot.Object) ([]eyeshot.Relationship, error)
	NotOwnedOn(ctx context.Context, tenant, source string, object eyeshot.Object) ([]eyeshot.Relationship, error)
	Siblings(ctx context.Context, tenant, source, relation string, subject eyeshot.Subject, limit int) ([]eyeshot.Object, error)
	People(ctx context.Context, tenant string) (int, error)

	Hold(ctx context.Context, tenant, source string, h state.Held) error
	Held(ctx context.Context, tenant, source string) ([]state.Held, error)
	HeldOn(ctx context.Context, tenant, source string, object eyeshot.Object) (state.Held, bool, error)
	Release(ctx context.Context, tenant, source string, objects []eyeshot.Object) error
	Approve(ctx context.Context, tenant, source string, object eyeshot.Object, by string) error

	ForgetSource(ctx context.Context, tenant, name string) error
}

// Runner takes in what is read; see [indexer.Indexer].
type Runner interface {
	Run(ctx context.Context, tenant, source string, run indexer.Run) (indexer.Report, error)
}

// Config is what a Syncer is made of. All but Now is required.
type Config struct {
	Indexer Runner
	State   State
	// Model returns a tenant's authorization model.
	Model func(ctx context.Context, tenant string) (*authz.Model, error)
	// Read names, for each type of document, the relation that reading takes.
	Read map[string]string
	Now  func() time.Time // nil: the real clock
}

// Syncer runs syncs. It is safe for concurrent use, but for two syncs of one
// source, which its caller keeps apart.
type Syncer struct{ config Config }

// New builds a Syncer.
func New(config Config) (*Syncer, error) {
	if config.Indexer == nil || config.State == nil || config.Model == nil || len(config.Read) == 0 {
		return nil, errors.New("sync: indexer, state, model and the relations to read are required")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Syncer{config: config}, nil
}

// Mode says what a sync reads.
type Mode string

// The modes. A report names the one that was taken.
const (
	// Content reads what has changed since the last sync, or everything where
	// that is not known.
	Content Mode = "content"
	// Full reads everything. One that was interrupted is gone on with.
	Full Mode = "full"
	// Permissions reads who may read what, and no content.
	Permissions Mode = "permissions"
)

// Source is what a sync reads, and what it lets pass.
type Source struct {
	Tenant    string
	Name      string
	Connector connectors.Connector
	// Public lets "everybody" pass where the source says so. Without it such a
	// relationship is left out.
	Public bool
	Guard  GuardPolicy
}

// Run reads a source. The report tells what was done up to an error, too. After
// an error the next Run goes on; errors are those of [indexer.Indexer.Run] and
// of the connector. progress, which may be nil, is told the report after each
// lot, from one goroutine at a time.
func (s *Syncer) Run(ctx context.Context, source Source, mode Mode, progress func(Report)) (Report, error) {
	run, err := s.begin(ctx, source, progress)
	if err != nil {
		return Report{Mode: mode}, err
	}
	switch mode {
	case Permissions:
		err = run.permissions(ctx)
	case Full:
		err = run.snapshot(ctx)
	case Content:
		err = run.content(ctx)
	default:
		return Report{}, eyeshot.Invalid("mode", string(mode), "must be content, full or permissions")
	}
	if err == nil {
		err = run.finish(ctx)
	}
	return run.final(), err
}

// run is one sync on its way.
type run struct {
	*Syncer
	source Source
	model  *authz.Model
	began  time.Time
	before int64 // requests of the connector
	guard  *guard
	public *publicFilter
	report Report
	lags   lags
	lost   *lost
	tell   func(Report)
	whole  bool // everything was told, so that what is not held back now no longer is
	text   bool // content was read
}

func (s *Syncer) begin(ctx context.Context, source Source, progress func(Report)) (*run, error) {
	model, err := s.config.Model(ctx, source.Tenant)
	if err != nil {
		return nil, fmt.Errorf("authorization model of tenant %q: %w", source.Tenant, err)
	}
	r := &run{Syncer: s, source: source, model: model, began: s.config.Now(), tell: progress}
	r.public = newPublicFilter(model, s.config.Read, source.Public)
	if r.guard, err = r.newGuard(ctx); err != nil {
		return nil, err
	}
	if r.lost, err = r.newLost(ctx); err != nil {
		return nil, err
	}
	if meter, ok := source.Connector.(connectors.Meter); ok {
		r.before = meter.Requests()
	}
	return r, r.lags.begin(ctx, r)
}

// key names what is remembered of a source. Names of sources hold no '/'.
func (r *run) key(name string) string { return key(r.source.Name, name) }

func key(source, name string) string { return source + "/" + name }

const (
	keySnapshot    = "snapshot"    // where an unfinished snapshot goes on
	keyChanges     = "changes"     // what changes are asked since
	keyPermissions = "permissions" // only as the name of a reading
	keyEstablished = "established" // a snapshot has come to its end
	keyContentAt   = "content-at"  // when content was last begun to be read
	keyAccessAt    = "access-at"   // when permissions were
	keyFullAt      = "full-at"     // when the run began that last read everything to its end
)

func (r *run) load(ctx context.Context, name string) (string, error) {
	return r.config.State.Checkpoint(ctx, r.source.Tenant, r.key(name))
}

func (r *run) save(ctx context.Context, name, value string) error {
	return r.config.State.SaveCheckpoint(ctx, r.source.Tenant, r.key(name), value)
}
