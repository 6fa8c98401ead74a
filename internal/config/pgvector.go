package config

import (
	"fmt"
	"regexp"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Pgvector configures the store in PostgreSQL.
type Pgvector struct {
	DSNEnv           string        `koanf:"dsn_env" doc:"Environment variable that holds the connection string, such as postgres://user:password@host:5432/database."`
	Schema           string        `koanf:"schema" doc:"Schema that holds all tables; it is made where it is missing."`
	PoolSize         int           `koanf:"pool_size" doc:"Searches that may be open at one time, each with a connection. Half as many connections again serve reads and writes."`
	StatementTimeout time.Duration `koanf:"statement_timeout" doc:"Longest time that one statement may take."`
	IdleTimeout      time.Duration `koanf:"idle_timeout" doc:"How long an open search may hold its connection without asking anything."`
	EfSearch         int           `koanf:"ef_search" doc:"Candidates that HNSW keeps while it searches: more find more of the nearest, and take longer."`
	IndexFrom        int           `koanf:"index_from" doc:"Chunks of a tenant from which on it gets an HNSW index; a search of fewer is exact."`
	MemoryMB         int           `koanf:"memory_mb" doc:"Megabytes of vectors that this process may hold, to scan them under a search's permissions: exact, and quicker than SQL. Tenants that do not fit are searched in SQL. 0: none."`
	RowSecurity      bool          `koanf:"row_security" doc:"Row-level security below the queries: PostgreSQL itself returns nothing beyond the tenant and the memberships of the request."`
}

func defaultPgvector() Pgvector {
	return Pgvector{
		DSNEnv: "DATABASE_URL", Schema: "eyeshot", PoolSize: 16, StatementTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, EfSearch: 400, IndexFrom: 50_000, MemoryMB: 1024,
	}
}

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

func (c Config) validatePgvector() error {
	p := c.Store.Pgvector
	for _, b := range []struct {
		key                string
		value, least, most int
	}{
		{"store.pgvector.pool_size", p.PoolSize, 1, 1000},
		{"store.pgvector.ef_search", p.EfSearch, 10, 1000},
		{"store.pgvector.memory_mb", p.MemoryMB, 0, 1 << 20},
		{"store.pgvector.index_from", p.IndexFrom, 1, 1_000_000_000},
	} {
		if b.value < b.least || b.value > b.most {
			return eyeshot.Invalid(b.key, fmt.Sprint(b.value), fmt.Sprintf("must be between %d and %d", b.least, b.most))
		}
	}
	for key, value := range map[string]time.Duration{"store.pgvector.statement_timeout": p.StatementTimeout, "store.pgvector.idle_timeout": p.IdleTimeout} {
		if value < time.Millisecond || value > 24*time.Hour {
			return eyeshot.Invalid(key, value.String(), "must be between 1ms and 24h")
		}
	}
	if !schemaName.MatchString(p.Schema) {
		return eyeshot.Invalid("store.pgvector.schema", p.Schema, "must be lower-case letters, digits and underscores, at most 40")
	}
	if p.DSNEnv == "" {
		return eyeshot.Invalid("store.pgvector.dsn_env", "", "must name an environment variable")
	}
	return nil
}
