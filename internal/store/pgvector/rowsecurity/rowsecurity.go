// Package rowsecurity is vector search under PostgreSQL's row-level security, as
// one would write it without Eyeshot: the documents in one table, the permissions
// in others, and a policy that joins them. It is what the pgvector store is
// compared with in benchmarks, and no part of the product.
package rowsecurity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
	pgvectorpgx "github.com/pgvector/pgvector-go/pgx"

	"github.com/eyeshot-dev/eyeshot"
)

// Policy is one way to write it.
type Policy string

// The policies.
const (
	// Exists asks for each row whether one of its readers is a membership.
	Exists Policy = "exists"
	// Tuned compares the row's readers, an array under a GIN index, with the
	// memberships that a security definer function gathers once a query.
	Tuned Policy = "tuned"
)

// Index says how a search finds the nearest.
type Index string

// The indexes.
const (
	// None scores every row that the policy lets through.
	None Index = "none"
	// HNSW goes down the index until it has enough, however long that takes.
	HNSW Index = "hnsw"
)

// Document is one row.
type Document struct {
	Object  eyeshot.Object
	Readers []eyeshot.Subject // of which a member must hold one
	Text    string
	Vector  []float32
}

// Database is a database with both policies over the same rows. It is used by
// one goroutine at a time.
type Database struct {
	dsn  string
	conn *pgx.Conn
	role string // the roles that the policies are for begin with it: roles belong to the whole server
}

const schema = `
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE rls_documents (object text COLLATE "C" PRIMARY KEY, readers text[] COLLATE "C" NOT NULL, text text NOT NULL, vector vector(%[1]d) NOT NULL);
CREATE TABLE rls_acl (object text COLLATE "C", subject text COLLATE "C", PRIMARY KEY (object, subject));
CREATE TABLE rls_memberships (member text COLLATE "C", subject text COLLATE "C", PRIMARY KEY (member, subject));
CREATE FUNCTION rls_mine() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE AS
	$$ SELECT array_agg(subject) FROM rls_memberships WHERE member = current_setting('rls.member') $$;
CREATE ROLE %[2]s_exists NOLOGIN;
CREATE ROLE %[2]s_tuned NOLOGIN;
GRANT %[2]s_exists, %[2]s_tuned TO CURRENT_USER;
GRANT SELECT ON rls_documents, rls_acl, rls_memberships TO %[2]s_exists, %[2]s_tuned;
ALTER TABLE rls_documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY rls_exists ON rls_documents FOR SELECT TO %[2]s_exists USING (EXISTS (
	SELECT 1 FROM rls_acl a JOIN rls_memberships m ON m.subject = a.subject
	WHERE a.object = rls_documents.object AND m.member = current_setting('rls.member')));
CREATE POLICY rls_tuned ON rls_documents FOR SELECT TO %[2]s_tuned USING (readers && (SELECT rls_mine()));
`

// A search stays on one processor, so that the time it takes of them is known.
const settings = `SET max_parallel_workers_per_gather = 0; SET jit = off; SET plan_cache_mode = force_custom_plan; SET hnsw.iterative_scan = strict_order; SET hnsw.ef_search = 400;
	SET hnsw.max_scan_tuples = 2147483647; SET work_mem = '64MB'; SET hnsw.scan_mem_multiplier = 16`

// Open makes the tables in an empty database, for vectors of a dimension, and two
// roles. It fails with [eyeshot.ErrInvalid] where the role that connects may not.
func Open(ctx context.Context, dsn string, dimension int) (_ *Database, err error) {
	conn, err := connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	d := &Database{dsn: dsn, conn: conn, role: "eyeshot_bench_" + strings.ToLower(rand.Text()[:12])}
	if _, err := conn.Exec(ctx, fmt.Sprintf(schema, dimension, d.role)); err != nil { // in one transaction
		return nil, errors.Join(refused("make tables, a function and two roles: the role needs CREATEROLE", err), conn.Close(ctx))
	}
	if err := pgvectorpgx.RegisterTypes(ctx, conn); err != nil {
		return nil, errors.Join(refused("look up pgvector's types", err), d.Close(ctx))
	}
	if _, err = conn.Exec(ctx, settings); err != nil {
		return nil, errors.Join(refused("set what HNSW takes", err), d.Close(ctx))
	}
	return d, nil
}

// Close removes what Open made, also where ctx has ended, and closes the
// connection.
func (d *Database) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
	defer cancel()
	_ = d.conn.Close(ctx) // whatever is under way there
	conn, err := connect(ctx, d.dsn)
	if err != nil {
		return fmt.Errorf("remove the roles %s_…: %w", d.role, err)
	}
	_, err = conn.Exec(ctx, fmt.Sprintf("DROP TABLE rls_documents, rls_acl, rls_memberships; DROP FUNCTION rls_mine; DROP ROLE %[1]s_exists, %[1]s_tuned", d.role))
	if err != nil {
		err = refused("remove the tables and the roles "+d.role+"_…", err)
	}
	return errors.Join(err, conn.Close(ctx))
}

// Search returns the n nearest documents that the policy lets a member see, whose
// texts it has read, in one transaction and one exchange with the server.
func (d *Database) Search(ctx context.Context, policy Policy, index Index, member eyeshot.Subject, vector []float32, n int) ([]eyeshot.Object, error) {
	order := "vector <#> $1"
	if index == None {
		order = "-(vector <#> $1) DESC" // which no index is in order of
	}
	batch := &pgx.Batch{}
	batch.Queue("BEGIN READ ONLY")
	batch.Queue("SELECT set_config('role', $1, true), set_config('rls.member', $2, true)", d.role+"_"+string(policy), string(member))
	var found []eyeshot.Object
	batch.Queue("SELECT object, text FROM rls_documents ORDER BY "+order+" LIMIT $2", pgvector.NewVector(vector), n).Query(func(rows pgx.Rows) (err error) {
		found, err = pgx.CollectRows(rows, objectOf)
		return err
	})
	batch.Queue("COMMIT")
	if err := d.conn.SendBatch(ctx, batch).Close(); err != nil {
		return nil, refused("search under row security", err)
	}
	return found, nil
}

// objectOf reads a row, the text too.
func objectOf(row pgx.CollectableRow) (object eyeshot.Object, err error) {
	var text string
	return object, row.Scan(&object, &text)
}
