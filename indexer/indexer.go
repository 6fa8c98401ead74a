package indexer

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/split"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Tenant is where a tenant's relationships are. It is safe for concurrent use.
type Tenant interface {
	// Write removes and adds relationships and can be repeated; afterwards each
	// of writes is there with exactly its condition. What the authorization
	// model does not allow fails with [eyeshot.ErrInvalid].
	Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error
	// Model returns the authorization model that relationships are held against.
	Model(ctx context.Context) (*authz.Model, error)
}

// Store keeps content; see [store.Driver], of which it is the part that is
// needed here.
type Store interface {
	Prepare(ctx context.Context, tenant string, model store.EmbeddingModel) error
	Upsert(ctx context.Context, tenant string, records []store.Record) error
	Delete(ctx context.Context, tenant string, objects []eyeshot.Object) error
	DropIndex(ctx context.Context, tenant string) error
	Hashes(ctx context.Context, tenant string, objects []eyeshot.Object) (map[eyeshot.Object]string, error)
}

// Embedder turns texts into vectors; see package embed.
type Embedder interface {
	Name() string
	Dimension() int
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// State remembers which source wrote which relationship, and how far a run got;
// see package state.
type State interface {
	Owned(ctx context.Context, tenant string, objects []eyeshot.Object) ([]state.Owned, error)
	OwnedBy(ctx context.Context, tenant, source string) ([]state.Owned, error)
	Mark(ctx context.Context, tenant, source string, relationships []eyeshot.Relationship) error
	Settle(ctx context.Context, tenant, source string, written, removed []eyeshot.Relationship) error
	Checkpoint(ctx context.Context, tenant, source string) (string, error)
	SaveCheckpoint(ctx context.Context, tenant, source, value string) error
	ForgetCheckpoints(ctx context.Context, tenant string) error

	Stage(ctx context.Context, tenant, source string, relationships []eyeshot.Relationship) error
	Unstage(ctx context.Context, tenant, source string, relationships []eyeshot.Relationship) error
	NotStaged(ctx context.Context, tenant, source string, limit int) ([]eyeshot.Relationship, error)
	NotOwned(ctx context.Context, tenant, source string, behind eyeshot.RelationshipKey, limit int) ([]eyeshot.Relationship, error)
	NotOwnedOn(ctx context.Context, tenant, source string, object eyeshot.Object) ([]eyeshot.Relationship, error)
	NotOwnedObjects(ctx context.Context, tenant, source string) ([]eyeshot.Object, error)
	See(ctx context.Context, tenant, reading string, objects []eyeshot.Object) error
	Unseen(ctx context.Context, tenant, source, reading string, limit int) ([]eyeshot.Object, error)
}

// Config is what an Indexer is made of. Tenants, Store, Embedder and State are
// required.
type Config struct {
	Tenants  func(ctx context.Context, tenant string) (Tenant, error)
	Store    Store
	Embedder Embedder
	State    State
	Splitter *split.Splitter // nil: the default sizes

	DocumentTypes []string // of the model, that searches return; default ticket, comment and document
	LotDocuments  int      // documents that are changed together; default 256
	LotBytes      int      // of their texts, at most; default 8 MiB
	EmbedBatch    int      // texts of one call of the embedder; default 64
	Parallel      int      // calls of the embedder side by side; default one a processor
	MaxProblems   int      // that a report names, beyond which it counts; default 1,000
}

func (c Config) withDefaults() (Config, error) {
	if c.Tenants == nil || c.Store == nil || c.Embedder == nil || c.State == nil {
		return c, errors.New("indexer: tenants, store, embedder and state are required")
	}
	if c.Splitter == nil {
		splitter, err := split.New(split.Options{})
		if err != nil {
			return c, err
		}
		c.Splitter = splitter
	}
	if len(c.DocumentTypes) == 0 {
		c.DocumentTypes = []string{"ticket", "comment", "document"}
	}
	for field, value := range map[*int]int{
		&c.LotDocuments: 256, &c.LotBytes: 8 << 20, &c.EmbedBatch: 64, &c.Parallel: runtime.GOMAXPROCS(0), &c.MaxProblems: 1000,
	} {
		if *field <= 0 {
			*field = value
		}
	}
	return c, nil
}

// Indexer changes what tenants hold. It is safe for concurrent use; changes to
// one tenant happen one lot at a time. Two Indexers must not share a tenant:
// the data directory's lock sees to that between processes.
type Indexer struct {
	config Config
	locks  locks
}

// New builds an Indexer.
func New(config Config) (*Indexer, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Indexer{config: config}, nil
}

// Reindex drops all content of a tenant, so that every document is embedded
// anew when its source is next taken in. Permissions stay as they are.
func (ix *Indexer) Reindex(ctx context.Context, tenant string) error {
	unlock, err := ix.locks.lock(ctx, tenant)
	if err != nil {
		return err
	}
	defer unlock()
	// First, or an interrupted source would go on in the middle of what is gone.
	if err := ix.config.State.ForgetCheckpoints(ctx, tenant); err != nil {
		return fmt.Errorf("forget where the sources of tenant %q stopped: %w", tenant, err)
	}
	if err := ix.config.Store.DropIndex(ctx, tenant); err != nil {
		return fmt.Errorf("drop the index of tenant %q: %w", tenant, err)
	}
	return nil
}

// Checkpoint returns where an interrupted run of a source goes on, or "".
func (ix *Indexer) Checkpoint(ctx context.Context, tenant, source string) (string, error) {
	return ix.config.State.Checkpoint(ctx, tenant, source)
}

// session is one call's view of a tenant.
type session struct {
	*Indexer
	name   string // of the tenant
	source string
	tenant Tenant
	rules  rules
}

func (ix *Indexer) open(ctx context.Context, tenant, source string) (*session, error) {
	if err := checkSource(source); err != nil {
		return nil, err
	}
	s := &session{Indexer: ix, name: tenant, source: source}
	var err error
	if s.tenant, err = ix.config.Tenants(ctx, tenant); err != nil {
		return nil, fmt.Errorf("tenant %q: %w", tenant, err)
	}
	model, err := s.tenant.Model(ctx)
	if err != nil {
		return nil, fmt.Errorf("authorization model of tenant %q: %w", tenant, err)
	}
	s.rules = rules{model: model, source: source, documents: ix.config.DocumentTypes, excludes: hasExclusion(model)}
	return s, nil
}

// prepareStore binds the tenant's index to the embedding model.
func (s *session) prepareStore(ctx context.Context) error {
	model := store.EmbeddingModel{Name: s.config.Embedder.Name(), Dimension: s.config.Embedder.Dimension()}
	err := s.config.Store.Prepare(ctx, s.name, model)
	if errors.Is(err, eyeshot.ErrConflict) {
		return fmt.Errorf("tenant %q: %w; the embedding model in use now is %s with %d dimensions: configure the one that the index was made with, "+
			"or drop the index (--reindex; permissions stay) and ingest all of the tenant's sources again", s.name, err, model.Name, model.Dimension)
	}
	if err != nil {
		return fmt.Errorf("prepare the index of tenant %q: %w", s.name, err)
	}
	return nil
}
