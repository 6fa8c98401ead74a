// Package pgtest gives tests a real PostgreSQL with pgvector: one server a test
// process, on a private directory and socket, removed at the end, and a database
// of its own for each test. Nothing is installed on the system: Debian's packages
// are unpacked, and pgvector is built, below the user's cache directory, so that
// only the first run takes long. EYESHOT_TEST_POSTGRES, a connection string of a
// role that may create databases, uses a given server instead.
//
// It is for tests and benchmarks alone.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// Env names the variable that holds the connection string of the server, given
// or started by [Main].
const Env = "EYESHOT_TEST_POSTGRES"

// unavailable holds why there is no server.
const unavailable = "EYESHOT_TEST_POSTGRES_UNAVAILABLE"

// startTimeout bounds the first start on a machine, with download and build, and
// with the wait for another test's set-up that installs.
const startTimeout = 10 * time.Minute

// Main starts a server where none is given, runs the tests, stops it, and exits.
// It fails where a goroutine is left over.
func Main(m *testing.M) {
	code := run(m)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func run(m *testing.M) int {
	if os.Getenv(Env) != "" {
		return m.Run()
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	server, err := Start(ctx)
	if err != nil {
		_ = os.Setenv(unavailable, strings.Join(strings.Fields(err.Error()), " "))
		return m.Run()
	}
	defer server.Stop()
	_ = os.Setenv(Env, server.DSN)
	return m.Run()
}

// DSN makes an empty database and returns how to connect to it. It goes when the
// test ends. Where there is no server the test is skipped, with the reason.
func DSN(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv(Env)
	if dsn == "" {
		t.Skip("PostgreSQL with pgvector could not be installed (" + Env + " uses a given one): " + os.Getenv(unavailable))
	}
	name := fmt.Sprintf("eyeshot_test_%d_%d", os.Getpid(), time.Now().UnixNano())
	execute(t, dsn, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, dsn, "DROP DATABASE "+name+" WITH (FORCE)") })
	return within(t, dsn, name)
}

func execute(t testing.TB, dsn, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("connecting to the test server: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }() // nothing is under way
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// within points a connection string to another database.
func within(t testing.TB, dsn, database string) string {
	t.Helper()
	if !strings.Contains(dsn, "://") {
		return dsn + " dbname=" + database
	}
	parsed, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(Env + " holds no connection string")
	}
	parsed.Path = "/" + database
	return parsed.String()
}
