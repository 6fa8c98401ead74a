package rowsecurity

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/eyeshot-dev/eyeshot"
)

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
		rows = append(rows, []any{string(document.Object), readers, document.Text, pgvector.NewVector(document.Vector)})
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
		{"rls_documents", []string{"object", "readers", "text", "vector"}, rows}, {"rls_acl", []string{"object", "subject"}, acl}, {"rls_memberships", []string{"member", "subject"}, members},
	} {
		if _, err := d.conn.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.rows)); err != nil {
			return refused("fill "+table.name, err)
		}
	}
	return nil
}

// Finish builds the indexes, and gathers statistics of all tables of the database,
// whoever made them.
func (d *Database) Finish(ctx context.Context) error {
	for _, statement := range []string{
		"SET maintenance_work_mem = '1GB'", "CREATE INDEX rls_gin ON rls_documents USING gin (readers)", "CREATE INDEX ON rls_acl (subject, object)",
		"CREATE INDEX rls_hnsw ON rls_documents USING hnsw (vector vector_ip_ops) WITH (m = 24, ef_construction = 128)",
		"VACUUM ANALYZE",
	} {
		if _, err := d.conn.Exec(ctx, statement); err != nil {
			return refused(statement, err)
		}
	}
	return nil
}

// Bytes returns what a policy keeps beside the documents and their vectors: its
// tables and indexes, and the arrays in the rows. HNSW's index comes on top of
// vectors that any search has.
func (d *Database) Bytes(ctx context.Context, policy Policy, index Index) (int, error) {
	sizes := "pg_total_relation_size('rls_memberships')"
	if policy == Exists {
		sizes += " + pg_total_relation_size('rls_acl')"
	} else {
		sizes += " + pg_relation_size('rls_gin') + (SELECT sum(pg_column_size(readers)) FROM rls_documents)"
	}
	if index == HNSW {
		sizes += " + pg_relation_size('rls_hnsw')"
	}
	var bytes int
	if err := d.conn.QueryRow(ctx, "SELECT ("+sizes+")::bigint").Scan(&bytes); err != nil {
		return 0, refused("measure what row security keeps", err)
	}
	return bytes, nil
}
