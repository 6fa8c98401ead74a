package rowsecurity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eyeshot-dev/eyeshot"
)

// Scratch is a database that is made for a benchmark on somebody's server, and
// removed after it. Nothing else on the server is looked at. It is safe for
// concurrent use.
type Scratch struct {
	// DSN connects to it. It may hold a password: it is in no error and no log.
	DSN string
	// Versions are the server's and pgvector's, by their names.
	Versions map[string]string

	name, server string
}

// leave is how long removing may take, whatever has happened before.
const leave = time.Minute

// NewScratch makes a database on the server that dsn, a URL or keywords, connects
// to. The role has to be one that may create databases and roles, and pgvector
// 0.8 or newer has to be installed on the server; where that is not so it is
// [eyeshot.ErrInvalid], and where the server cannot be reached
// [eyeshot.ErrUnavailable].
func NewScratch(ctx context.Context, dsn string) (*Scratch, error) {
	s := &Scratch{server: dsn, name: "eyeshot_bench_" + strings.ToLower(rand.Text()[:12])}
	var err error
	if s.DSN, err = within(dsn, s.name); err != nil {
		return nil, err
	}
	conn, err := connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing is under way
	if s.Versions, err = versions(ctx, conn); err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+s.name); err != nil {
		return nil, refused("make a database for the benchmark: the role needs CREATEDB", err)
	}
	return s, nil
}

// Drop removes the database, with everybody who is connected to it, also where
// ctx has ended.
func (s *Scratch) Drop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
	defer cancel()
	conn, err := connect(ctx, s.server)
	if err != nil {
		return fmt.Errorf("remove the benchmark's database %s: %w", s.name, err)
	}
	defer func() { _ = conn.Close(ctx) }() // nothing is under way
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+s.name+" WITH (FORCE)"); err != nil {
		return refused("remove the benchmark's database "+s.name, err)
	}
	return nil
}

// Size returns the bytes of all tables whose names match a pattern of LIKE, with
// their indexes.
func (s *Scratch) Size(ctx context.Context, pattern string) (int, error) {
	conn, err := connect(ctx, s.DSN)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing is under way
	var bytes int
	err = conn.QueryRow(ctx, "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relkind = 'r' AND relname LIKE $1", pattern).Scan(&bytes)
	if err != nil {
		return 0, refused("measure tables", err)
	}
	return bytes, nil
}

func versions(ctx context.Context, conn *pgx.Conn) (map[string]string, error) {
	var server, vector string
	err := conn.QueryRow(ctx, "SELECT current_setting('server_version'), coalesce((SELECT default_version FROM pg_available_extensions WHERE name = 'vector'), '')").Scan(&server, &vector)
	if err != nil {
		return nil, refused("ask for versions", err)
	}
	if !newEnough(vector) {
		return nil, eyeshot.Invalid("postgres", "pgvector "+vector, "must be on the server: this takes PostgreSQL with pgvector 0.8 or newer")
	}
	return map[string]string{"postgresql": server, "pgvector": vector}, nil
}

// newEnough says whether pgvector has iterative scans.
func newEnough(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 0 || minor >= 8
}

// connect opens a connection.
//
// SECURITY: errors of pgx name what is in the connection string; what remains of
// them is whether it could be read and whether the server answered.
func connect(ctx context.Context, dsn string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, noConnectionString()
	}
	config.RuntimeParams["search_path"] = "public" // not that of whoever connects, who may be named like a schema
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, refused("connect to PostgreSQL", err)
	}
	return conn, nil
}

func noConnectionString() error {
	return eyeshot.Invalid("postgres", "", "must be a connection string, such as postgres://user:password@host:5432/database")
}

// refused keeps of an error what tells nothing of the connection string.
func refused(doing string, err error) error {
	var answered *pgconn.PgError
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case errors.As(err, &answered):
		return fmt.Errorf("%w: %s: PostgreSQL answered SQLSTATE %s", eyeshot.ErrInvalid, doing, answered.Code)
	}
	return fmt.Errorf("%w: %s: it cannot be reached", eyeshot.ErrUnavailable, doing)
}

// within points a connection string to another database.
func within(dsn, database string) (string, error) {
	other := dsn + " dbname=" + database
	if parsed, err := url.Parse(dsn); err == nil && parsed.Scheme != "" {
		parsed.Path = "/" + database
		query := parsed.Query()
		query.Del("dbname")
		parsed.RawQuery = query.Encode()
		other = parsed.String()
	}
	config, err := pgx.ParseConfig(other)
	if err != nil || config.Database != database {
		return "", noConnectionString()
	}
	return other, nil
}
