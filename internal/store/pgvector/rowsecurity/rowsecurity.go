// Package rowsecurity is vector search under PostgreSQL's row-level security, as
// one would write it without Eyeshot: the documents in one table, the permissions
// in others, and a policy that joins them. It is what the pgvector store is
// compared with in benchmarks, and no part of the product.
package rowsecurity

import (
	"context"
	"fmt"

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
	Readers []eyeshot.Subject
	Vector  []float32
}

// Database is a database with both policies over the same rows. It is used by
// one goroutine at a time.
type Database struct{ conn *pgx.Conn }

const schema = `
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE rls_documents (object text COLLATE "C" PRIMARY KEY, readers text[] COLLATE "C" NOT NULL, vector vector(%[1]d) NOT NULL);
CREATE TABLE rls_acl (object text COLLATE "C", subject text COLLATE "C", PRIMARY KEY (object, subject));
CREATE TABLE rls_memberships (member text COLLATE "C", subject text COLLATE "C", PRIMARY KEY (member, subject));
CREATE FUNCTION rls_mine() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER AS
	$$ SELECT array_agg(subject) FROM rls_memberships WHERE member = current_setting('rls.member') $$;
DO $$ BEGIN
	IF to_regrole('rls_exists') IS NULL THEN CREATE ROLE rls_exists NOLOGIN; END IF;
	IF to_regrole('rls_tuned') IS NULL THEN CREATE ROLE rls_tuned NOLOGIN; END IF;
END $$;
GRANT SELECT ON rls_documents, rls_acl, rls_memberships TO rls_exists, rls_tuned;
ALTER TABLE rls_documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY rls_exists ON rls_documents FOR SELECT TO rls_exists USING (EXISTS (
	SELECT 1 FROM rls_acl a JOIN rls_memberships m ON m.subject = a.subject
	WHERE a.object = rls_documents.object AND m.member = current_setting('rls.member')));
CREATE POLICY rls_tuned ON rls_documents FOR SELECT TO rls_tuned USING (readers && (SELECT rls_mine()));
`

// Open makes the tables in an empty database, for vectors of a dimension.
func Open(ctx context.Context, dsn string, dimension int) (*Database, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if _, err := conn.Exec(ctx, fmt.Sprintf(schema, dimension)); err != nil {
		return nil, fmt.Errorf("create the tables: %w", err)
	}
	if err := pgvectorpgx.RegisterTypes(ctx, conn); err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, "SET jit = off; SET plan_cache_mode = force_custom_plan; SET hnsw.iterative_scan = strict_order; SET hnsw.ef_search = 400; SET hnsw.max_scan_tuples = 2147483647; SET work_mem = '64MB'; SET hnsw.scan_mem_multiplier = 16")
	return &Database{conn: conn}, err
}

// Close closes the connection.
func (d *Database) Close(ctx context.Context) error { return d.conn.Close(ctx) }

// Load fills the tables: documents with their readers, and who is a member of
// what. It may be called more than once, before [Database.Finish].
func (d *Database) Load(ctx context.Context, documents []Document, memberships map[eyeshot.Subject][]eyeshot.Subject) error {
	var rows, acl, members [][]any
	for _, document := range documents {
		readers := make([]string, len(document.Readers))
		for i, reader := range document.Readers {
			readers[i] = string(reader)
			acl = append(acl, []any{string(document.Object), string(reader)})
		}
		rows = append(rows, []any{string(document.Object), readers, pgvector.NewVector(document.Vector)})
	}
	for member, subjects := range memberships {
		for _, subject := range subjects {
			members = append(members, []any{string(member), string(subject)})
		}
	}
	for _, table := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{
		{"rls_documents", []string{"object", "readers", "vector"}, rows}, {"rls_acl", []string{"object", "subject"}, acl}, {"rls_memberships", []string{"member", "subject"}, members},
	} {
		if _, err := d.conn.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.rows)); err != nil {
			return fmt.Errorf("load %s: %w", table.name, err)
		}
	}
	return nil
}

// Finish builds the indexes and gathers statistics.
func (d *Database) Finish(ctx context.Context) error {
	for _, statement := range []string{
		"SET maintenance_work_mem = '1GB'", "CREATE INDEX ON rls_documents USING gin (readers)", "CREATE INDEX ON rls_acl (subject, object)",
		"CREATE INDEX rls_hnsw ON rls_documents USING hnsw (vector vector_ip_ops) WITH (m = 24, ef_construction = 128)",
		"VACUUM ANALYZE rls_documents", "VACUUM ANALYZE rls_acl", "VACUUM ANALYZE rls_memberships",
	} {
		if _, err := d.conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// Search returns the n nearest documents that the policy lets a member see, in
// one transaction and one exchange with the server.
func (d *Database) Search(ctx context.Context, policy Policy, index Index, member eyeshot.Subject, vector []float32, n int) ([]eyeshot.Object, error) {
	order := "vector <#> $1"
	if index == None {
		order = "-(vector <#> $1) DESC" // which no index is in order of
	}
	batch := &pgx.Batch{}
	batch.Queue("BEGIN READ ONLY")
	batch.Queue("SELECT set_config('role', $1, true), set_config('rls.member', $2, true)", "rls_"+string(policy), string(member))
	var found []eyeshot.Object
	batch.Queue("SELECT object FROM rls_documents ORDER BY "+order+" LIMIT $2", pgvector.NewVector(vector), n).Query(func(rows pgx.Rows) (err error) {
		found, err = pgx.CollectRows(rows, pgx.RowTo[eyeshot.Object])
		return err
	})
	batch.Queue("COMMIT")
	if err := d.conn.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("search under row security: %w", err)
	}
	return found, nil
}
