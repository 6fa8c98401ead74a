package pgvector

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
)

// confinement is what a transaction may see where row security is on.
type confinement struct {
	everything  bool // of the tenant
	memberships []eyeshot.Subject
	documents   []eyeshot.Object // whatever readers they have
}

// role is the second role: it owns nothing and may only read. PostgreSQL never
// lets an owner or a superuser be held by policies for certain.
func (c Config) role() string { return c.Schema + "_reader" }

// confine makes row security hold for the rest of a transaction that reads.
//
// SECURITY: from here on PostgreSQL itself returns no row of another tenant and
// none that the confinement does not open, whatever the query says.
func (s *Store) confine(ctx context.Context, tx pgx.Tx, t *tenant, l confinement) error {
	if !s.config.RowSecurity {
		return nil
	}
	everything := "off"
	if l.everything {
		everything = "on"
	}
	_, err := tx.Exec(ctx, `SELECT set_config('eyeshot.tenant', $1, true), set_config('eyeshot.everything', $2, true),
		set_config('eyeshot.memberships', $3::text[]::text, true), set_config('eyeshot.documents', $4::text[]::text, true), set_config('role', $5, true)`,
		fmt.Sprint(t.id), everything, texts(l.memberships), texts(l.documents), s.config.role())
	return err
}

// texts makes a list of strings that is never NULL.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = string(one)
	}
	return out
}

// secure puts policies on a tenant's tables, or takes them off. Settings that
// are missing make a comparison with NULL, which lets nothing through.
func (s *Store) secure(ctx context.Context, tx pgx.Tx, id int64) error {
	for _, kind := range []string{"readers", "removed", "documents", "chunks", "passages"} {
		script := fmt.Sprintf("ALTER TABLE %[1]s DISABLE ROW LEVEL SECURITY; ALTER TABLE %[1]s NO FORCE ROW LEVEL SECURITY; DROP POLICY IF EXISTS eyeshot ON %[1]s; DROP POLICY IF EXISTS eyeshot_owner ON %[1]s;", table(kind, id))
		if s.config.RowSecurity {
			script += fmt.Sprintf(`CREATE POLICY eyeshot ON %[1]s FOR SELECT TO %[2]s USING (%[3]s);
				CREATE POLICY eyeshot_owner ON %[1]s TO CURRENT_USER USING (tenant = %[4]d) WITH CHECK (tenant = %[4]d);
				ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY; ALTER TABLE %[1]s FORCE ROW LEVEL SECURITY; GRANT SELECT ON %[1]s TO %[2]s;`,
				table(kind, id), s.config.role(), policy(kind, id), id)
		}
		if _, err := tx.Exec(ctx, script); err != nil {
			return err
		}
	}
	return nil
}

const (
	mayTenant     = "tenant = current_setting('eyeshot.tenant', true)::bigint"
	mayEverything = "current_setting('eyeshot.everything', true) = 'on'"
	maySubjects   = "subjects && current_setting('eyeshot.memberships', true)::text[]"
	mayDocument   = "object = ANY (current_setting('eyeshot.documents', true)::text[])"
)

// policy says which rows of a table a transaction may see. The inner queries do
// not depend on the row: PostgreSQL runs each once a query.
func policy(kind string, id int64) string {
	readers := fmt.Sprintf("readers IN (SELECT id FROM %s WHERE %s)", table("readers", id), maySubjects)
	switch kind {
	case "readers":
		return fmt.Sprintf("%s AND (%s OR %s)", mayTenant, mayEverything, maySubjects)
	case "removed":
		return "FALSE"
	case "documents":
		return fmt.Sprintf("%s AND (%s OR %s OR %s)", mayTenant, mayEverything, readers, mayDocument)
	case "chunks":
		return fmt.Sprintf("%s AND (%s OR %s OR document IN (SELECT id FROM %s WHERE %s))", mayTenant, mayEverything, readers, table("documents", id), mayDocument)
	}
	return fmt.Sprintf("%s AND (%s OR document IN (SELECT id FROM %s))", mayTenant, mayEverything, table("documents", id))
}

// secureAll makes the role, and brings every tenant's tables to what the
// configuration says.
func (s *Store) secureAll(ctx context.Context) error {
	if s.config.RowSecurity {
		if err := s.createRole(ctx); err != nil {
			return fmt.Errorf("create the role %s for row security: %w", s.config.role(), classify(err))
		}
	}
	const differing = `SELECT t.id FROM tenants t JOIN pg_class c ON c.oid = to_regclass(format('chunks_%s', t.id)) WHERE c.relrowsecurity <> $1`
	tenants, err := ids(ctx, s.others, differing, s.config.RowSecurity)
	if err != nil {
		return fmt.Errorf("look for tables without row security: %w", classify(err))
	}
	for _, id := range tenants {
		err := s.change(ctx, "bring row security to what is configured", func(tx pgx.Tx) error { return s.secure(ctx, tx, id) })
		if err != nil {
			return err
		}
	}
	return nil
}

// createRole makes the second role where it is missing, and lets the first one
// take it on.
func (s *Store) createRole(ctx context.Context) error {
	_, err := s.others.Exec(ctx, fmt.Sprintf(`DO $$ BEGIN
		IF to_regrole('%[1]s') IS NULL THEN CREATE ROLE %[1]s NOLOGIN; END IF;
		IF NOT pg_has_role(CURRENT_USER, '%[1]s', 'MEMBER') THEN EXECUTE 'GRANT %[1]s TO ' || quote_ident(CURRENT_USER); END IF;
	END $$; GRANT USAGE ON SCHEMA %[2]s TO %[1]s; GRANT SELECT ON tenants TO %[1]s`, s.config.role(), s.config.Schema))
	return err
}
