// Package pgvector is the store in a PostgreSQL that a team already runs and
// backs up: pgvector's vectors with an HNSW index where there are enough of
// them, readers in a GIN index, keywords in tsvector columns. Every tenant has
// tables of its own, so that no index holds two tenants, and every key and every
// query names the tenant besides.
//
// Several processes may use one schema: all that one keeps beside connections is a
// copy of vectors, where it was given the memory, which it uses for no search
// that sees another version of them. It decides nothing about permissions: what SQL returns is
// cut to the access that it was given. Callers reach it through [store.Service],
// which validates.
package pgvector

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// Config says where the database is and what one process may take of it. Zero
// values mean the defaults that are named.
type Config struct {
	// DSN is a connection string, as a URL or in keywords. It holds a password:
	// it is in no error and in no log.
	DSN string
	// Schema holds all tables; it is made where it is missing. Default: eyeshot.
	Schema string
	// PoolSize bounds the searches that are open at one time. Half as many
	// connections again serve reads and writes, so that a search which holds its
	// connection never waits for itself. Default: 16.
	PoolSize int
	// StatementTimeout bounds one statement. Default: 30 s.
	StatementTimeout time.Duration
	// IdleTimeout is how long an open search may hold its connection without
	// asking anything; after it the server ends it. Default: 60 s.
	IdleTimeout time.Duration
	// EfSearch is how many candidates HNSW keeps: more find more of the nearest,
	// and take longer. 10 to 1000; default: 400.
	EfSearch int
	// IndexFrom is how many chunks a tenant has when its HNSW index is built. A
	// search of fewer than that is exact. Default: 50,000.
	IndexFrom int
	// Memory is how many bytes of vectors one process may hold, to scan them under
	// a search's bitmap: that is exact, and quicker than anything that PostgreSQL
	// does. Tenants that do not fit are searched in SQL alone. 0 for none.
	Memory int64
	// RowSecurity puts row-level security below the queries; see docs/stores.md.
	RowSecurity bool
}

// Store is an open store. It is safe for concurrent use.
type Store struct {
	config    Config
	searches  *pgxpool.Pool // a connection for each open search
	others    *pgxpool.Pool
	tokenizer *keyword.Tokenizer
	builder   builder // of HNSW indexes
	loader    builder // of copies in memory
	memories  memories
	views     views
	closing   sync.Once
}

var _ store.Driver = (*Store)(nil)

// Open connects, and brings the schema up to this version. It fails with
// [eyeshot.ErrConflict] where the schema is of a newer version, and with
// [eyeshot.ErrUnavailable] where the server cannot be reached.
func Open(ctx context.Context, config Config) (*Store, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, config); err != nil {
		return nil, fmt.Errorf("pgvector store: %w", err)
	}
	s := &Store{config: config, tokenizer: keyword.NewTokenizer(), memories: memories{budget: config.Memory}}
	if s.searches, err = newPool(ctx, config, config.PoolSize, config.IdleTimeout); err != nil {
		return nil, fmt.Errorf("pgvector store: %w", err)
	}
	if s.others, err = newPool(ctx, config, max(2, config.PoolSize/2), idleWrite); err != nil {
		s.searches.Close()
		return nil, fmt.Errorf("pgvector store: %w", err)
	}
	s.builder.start()
	s.loader.start()
	if err := s.tidy(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("pgvector store: %w", err), s.Close())
	}
	return s, nil
}

// idleWrite is how long a write may compute between two statements.
const idleWrite = 5 * time.Minute

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

func (c Config) withDefaults() (Config, error) {
	defaultTo(&c.Schema, "eyeshot")
	defaultTo(&c.PoolSize, 16)
	defaultTo(&c.StatementTimeout, 30*time.Second)
	defaultTo(&c.IdleTimeout, time.Minute)
	defaultTo(&c.EfSearch, 400)
	defaultTo(&c.IndexFrom, 50_000)
	switch {
	case c.DSN == "":
		return c, eyeshot.Invalid("store.pgvector.dsn_env", "", "must name an environment variable that holds a connection string")
	case !schemaName.MatchString(c.Schema): // SECURITY: it is in SQL as it is
		return c, eyeshot.Invalid("store.pgvector.schema", c.Schema, "must be lower-case letters, digits and underscores, at most 40")
	case c.EfSearch < 10 || c.EfSearch > 1000:
		return c, eyeshot.Invalid("store.pgvector.ef_search", fmt.Sprint(c.EfSearch), "must be between 10 and 1000")
	}
	return c, nil
}

func defaultTo[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// Close ends what is under way and closes all connections, those of open
// searches too.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.builder.stop()
		s.loader.stop()
		s.views.endAll() // a pool waits for its connections
		s.searches.Close()
		s.others.Close()
	})
	return nil
}

// Capabilities implements [store.Driver].
func (s *Store) Capabilities() store.Capabilities {
	capabilities := store.Capabilities{
		Name: "pgvector", Ways: []store.Way{store.Exact, store.Filtered, store.Unfiltered},
		Readers: true, Approximate: true, OwnRanking: true,
		Costs: store.Costs{
			store.Exact:      {Fixed: 900_000, PerAllowed: 4_000},
			store.Filtered:   {Fixed: 1_300_000, PerAllowed: 900, PerMembership: 1_500},
			store.Unfiltered: {Fixed: 1_200_000, PerDocument: 20, PerVisited: 1_500},
		},
	}
	if s.config.Memory > 0 { // by ids is by bitmap there
		capabilities.Costs[store.Exact] = store.Cost{Fixed: 400_000, PerAllowed: 150, PerDocument: 2}
	}
	return capabilities
}
