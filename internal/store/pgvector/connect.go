package pgvector

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	pgvectorpgx "github.com/pgvector/pgvector-go/pgx"

	"github.com/eyeshot-dev/eyeshot"
)

// poolConfig is what all connections are made with.
func poolConfig(config Config) (*pgxpool.Config, error) {
	parsed, err := pgxpool.ParseConfig(config.DSN)
	if err != nil { // SECURITY: the error repeats the connection string, so it is dropped
		return nil, eyeshot.Invalid("store.pgvector.dsn_env", "", "must hold a connection string, such as postgres://user:password@host:5432/database")
	}
	parameters := parsed.ConnConfig.RuntimeParams
	parameters["search_path"] = config.Schema + ",public"
	parameters["timezone"] = "UTC"
	parameters["application_name"] = "eyeshot"
	parameters["statement_timeout"] = milliseconds(config.StatementTimeout)
	parameters["plan_cache_mode"] = "force_custom_plan" // a plan for ten ids is none for ten thousand
	parameters["jit"] = "off"                           // compiling takes longer than most searches
	return parsed, nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// newPool opens a pool whose transactions may be idle for so long; after it the
// server ends them.
func newPool(ctx context.Context, config Config, size int, idle time.Duration) (*pgxpool.Pool, error) {
	parsed, err := poolConfig(config)
	if err != nil {
		return nil, err
	}
	parsed.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = milliseconds(idle)
	parsed.MaxConns = int32(size)
	parsed.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error { return pgvectorpgx.RegisterTypes(ctx, conn) }
	pool, err := pgxpool.NewWithConfig(ctx, parsed)
	if err != nil {
		return nil, classify(err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, classify(err)
	}
	return pool, nil
}

// connect opens one connection outside the pools, without the bounds on time
// that theirs have: for migrations and for building an index.
func connect(ctx context.Context, config Config) (*pgx.Conn, error) {
	parsed, err := poolConfig(config)
	if err != nil {
		return nil, err
	}
	parsed.ConnConfig.RuntimeParams["statement_timeout"] = "0"
	conn, err := pgx.ConnectConfig(ctx, parsed.ConnConfig)
	if err != nil {
		return nil, classify(err)
	}
	return conn, nil
}

// table names one of a tenant's tables. The name is made of a word and a number
// of this program's own, so it needs no quoting.
func table(kind string, tenant int64) string { return fmt.Sprintf("%s_%d", kind, tenant) }
