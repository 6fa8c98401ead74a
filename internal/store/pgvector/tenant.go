package pgvector

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// tenant is a row of tenants.
type tenant struct {
	id        int64
	name      string
	model     store.EmbeddingModel
	documents int
	chunks    int
	version   int64
	indexed   bool
	ef        int
}

const tenantQuery = "SELECT id, model, dimension, documents, chunks, version, indexed, ef FROM tenants WHERE name = $1"

// querier is a connection, a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// readTenant finds a tenant; it returns nil where it was not prepared.
func readTenant(ctx context.Context, q querier, name, lock string) (*tenant, error) {
	t := &tenant{name: name}
	err := q.QueryRow(ctx, tenantQuery+lock, name).Scan(&t.id, &t.model.Name, &t.model.Dimension, &t.documents, &t.chunks, &t.version, &t.indexed, &t.ef)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return t, err
}

//go:embed tenant.sql
var tenantTables string

// maxDimension is pgvector's, for a column of type vector.
const maxDimension = 16_000

// Prepare implements [store.Writer].
func (s *Store) Prepare(ctx context.Context, name string, model store.EmbeddingModel) error {
	if model.Dimension > maxDimension {
		return eyeshot.Invalid("dimension", fmt.Sprint(model.Dimension), fmt.Sprintf("must be at most %d in pgvector", maxDimension))
	}
	return s.change(ctx, "create the index of a tenant", func(tx pgx.Tx) error {
		// Two processes that prepare one tenant, and two statements that read the
		// empty tables, wait for each other here.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", s.config.Schema+".prepare"); err != nil {
			return err
		}
		t, err := readTenant(ctx, tx, name, "")
		switch {
		case err != nil:
			return err
		case t != nil && t.model != model:
			return fmt.Errorf("%w: the index of tenant %q was made with the embedding model %s (%d dimensions) and cannot take vectors of %s (%d dimensions): drop the index and ingest again, or keep the old model",
				eyeshot.ErrConflict, name, t.model.Name, t.model.Dimension, model.Name, model.Dimension)
		case t != nil:
			return nil
		}
		return s.createTenant(ctx, tx, name, model)
	})
}

func (s *Store) createTenant(ctx context.Context, tx pgx.Tx, name string, model store.EmbeddingModel) error {
	var id int64
	err := tx.QueryRow(ctx, "INSERT INTO tenants (name, model, dimension) VALUES ($1, $2, $3) RETURNING id", name, model.Name, model.Dimension).Scan(&id)
	if err != nil {
		return err
	}
	script := strings.NewReplacer("{id}", strconv.FormatInt(id, 10), "{dimension}", strconv.Itoa(model.Dimension)).Replace(tenantTables)
	if 4*model.Dimension+64 < maxInline {
		script += fmt.Sprintf("ALTER TABLE %s ALTER COLUMN vector SET STORAGE PLAIN;", table("chunks", id))
	}
	if _, err := tx.Exec(ctx, script); err != nil {
		return err
	}
	return s.secure(ctx, tx, id)
}

// maxInline is what fits into a page of PostgreSQL, less its headers. Vectors
// that fit stay in the row: beyond 2 kB they would go to a side table, and a
// scan would fetch each of them in pieces.
const maxInline = 8000

// DropIndex implements [store.Writer]. The tenant is gone when it returns; its
// tables go when no search has them open any more.
func (s *Store) DropIndex(ctx context.Context, name string) error {
	var id int64
	err := s.change(ctx, "drop the index of a tenant", func(tx pgx.Tx) error {
		t, err := readTenant(ctx, tx, name, " FOR UPDATE")
		if err != nil || t == nil {
			return err
		}
		id = t.id
		if _, err := tx.Exec(ctx, "DELETE FROM tenants WHERE id = $1", id); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO dropped (tenant) VALUES ($1)", id)
		return err
	})
	if err != nil || id == 0 {
		return err
	}
	s.memories.forget(id)
	s.dropTables(ctx, id)
	return nil
}

// dropTables removes the tables of a dropped tenant. Where a search has them
// open they stay, for the next [Open] to remove.
func (s *Store) dropTables(ctx context.Context, id int64) {
	_ = pgx.BeginFunc(ctx, s.others, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '20ms'"); err != nil {
			return err
		}
		drop := fmt.Sprintf("DROP TABLE IF EXISTS %s, %s, %s, %s, %s", table("removed", id), table("readers", id), table("documents", id), table("chunks", id), table("passages", id))
		if _, err := tx.Exec(ctx, drop); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM dropped WHERE tenant = $1", id)
		return err
	})
}

// tidy removes what tenants left that were dropped, brings row security to what
// the configuration says, and builds indexes that a crash left unbuilt.
func (s *Store) tidy(ctx context.Context) error {
	dropped, err := ids(ctx, s.others, "SELECT tenant FROM dropped")
	if err != nil {
		return fmt.Errorf("look for dropped tenants: %w", classify(err))
	}
	for _, id := range dropped {
		s.dropTables(ctx, id)
	}
	if err := s.secureAll(ctx); err != nil {
		return err
	}
	unbuilt, err := ids(ctx, s.others, "SELECT id FROM tenants WHERE NOT indexed AND chunks >= $1", s.config.IndexFrom)
	if err != nil {
		return fmt.Errorf("look for missing indexes: %w", classify(err))
	}
	for _, id := range unbuilt {
		s.buildIndex(id)
	}
	return nil
}
