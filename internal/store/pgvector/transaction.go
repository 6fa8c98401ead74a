package pgvector

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// attempts bounds how often a transaction is tried that the server rolls back
// for the sake of another one.
const attempts = 4

// change runs a transaction that writes. It is tried again where the server
// rolled it back because of another; do must have no effect outside of it.
func (s *Store) change(ctx context.Context, doing string, do func(pgx.Tx) error) error {
	var err error
	for range attempts {
		err = pgx.BeginFunc(ctx, s.others, do)
		if err == nil {
			return nil
		}
		if !isTransient(err) || ctx.Err() != nil {
			break
		}
	}
	return fmt.Errorf("%s: %w", doing, s.failure(err))
}

// failure classifies an error, or says that the store is closed.
func (s *Store) failure(err error) error {
	if s.builder.stopped() {
		return errStoreClosed
	}
	return classify(err)
}

// queryer runs queries: a pool, a connection or a transaction.
type queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// ids runs a query for one column of numbers.
func ids(ctx context.Context, q queryer, sql string, args ...any) ([]int64, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// read runs a transaction that reads one state of a tenant; do is not called for
// a tenant that was not prepared. It is tried again where the connection
// broke.
func (s *Store) read(ctx context.Context, name, doing string, do func(pgx.Tx, *tenant) error) error {
	var err error
	for range attempts {
		err = pgx.BeginTxFunc(ctx, s.others, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			t, err := readTenant(ctx, tx, name, "")
			if err != nil || t == nil {
				return err
			}
			if err := s.confine(ctx, tx, t, confinement{everything: true}); err != nil {
				return err
			}
			return do(tx, t)
		})
		if err == nil {
			return nil
		}
		if !isTransient(err) || ctx.Err() != nil {
			break
		}
	}
	return fmt.Errorf("%s: %w", doing, s.failure(err))
}
