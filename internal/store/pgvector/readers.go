package pgvector

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// intern returns the number of each record's set of readers, and keeps the sets
// that are new.
func (w *writer) intern(ctx context.Context, records []store.Record) ([]int64, error) {
	all := make([]store.DocumentReaders, len(records))
	for i, record := range records {
		all[i] = store.DocumentReaders{Object: record.Object, Readers: record.Readers}
	}
	return w.internReaders(ctx, all)
}

func (w *writer) internReaders(ctx context.Context, all []store.DocumentReaders) ([]int64, error) {
	sets := map[[sha256.Size]byte][]eyeshot.Subject{}
	digests := make([][sha256.Size]byte, len(all))
	for i, one := range all {
		digests[i] = digest(one.Readers)
		sets[digests[i]] = one.Readers
	}
	numbers, err := w.known(ctx, sets)
	if err != nil {
		return nil, err
	}
	for key, subjects := range sets {
		if _, known := numbers[key]; known {
			continue
		}
		var id int64
		err := w.tx.QueryRow(ctx, "INSERT INTO "+w.table("readers")+" (tenant, digest, subjects) VALUES ($1, $2, $3) RETURNING id",
			w.tenant.id, key[:], texts(subjects)).Scan(&id)
		if err != nil {
			return nil, err
		}
		numbers[key] = id
	}
	out := make([]int64, len(all))
	for i, key := range digests {
		out[i] = numbers[key]
	}
	return out, nil
}

// known returns the numbers of the sets that the store has.
func (w *writer) known(ctx context.Context, sets map[[sha256.Size]byte][]eyeshot.Subject) (map[[sha256.Size]byte]int64, error) {
	asked := make([][]byte, 0, len(sets))
	for key := range sets {
		asked = append(asked, key[:])
	}
	rows, err := w.tx.Query(ctx, "SELECT id, digest FROM "+w.table("readers")+" WHERE tenant = $1 AND digest = ANY ($2)", w.tenant.id, asked)
	if err != nil {
		return nil, err
	}
	numbers := make(map[[sha256.Size]byte]int64, len(sets))
	var id int64
	var key []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &key}, func() error { numbers[[sha256.Size]byte(key)] = id; return nil })
	return numbers, err
}

// digest names a set; no subject holds a line break.
func digest(readers []eyeshot.Subject) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(texts(readers), "\n")))
}

// setReaders changes what says of documents who may read them. Rows whose set
// stays as it was are not written: a chunk that is written goes into the HNSW
// index again.
func (w *writer) setReaders(ctx context.Context, all []store.DocumentReaders) error {
	sets, err := w.internReaders(ctx, all)
	if err != nil {
		return fmt.Errorf("keep readers: %w", err)
	}
	objects := make([]string, len(all))
	for i, one := range all {
		objects[i] = string(one.Object)
	}
	changed, err := ids(ctx, w.tx, "UPDATE "+w.table("documents")+` d SET readers = u.readers FROM unnest($2::text[], $3::bigint[]) AS u (object, readers)
		WHERE d.tenant = $1 AND d.object = u.object AND d.readers <> u.readers RETURNING d.id`, w.tenant.id, objects, sets)
	if err != nil || len(changed) == 0 {
		return err
	}
	_, err = w.tx.Exec(ctx, "UPDATE "+w.table("chunks")+" c SET readers = d.readers FROM "+w.table("documents")+` d
		WHERE c.tenant = $1 AND c.document = ANY ($2) AND d.tenant = $1 AND d.id = c.document`, w.tenant.id, changed)
	return err
}

// Readers implements [store.Exporter].
func (s *Store) Readers(ctx context.Context, name string, after eyeshot.Object, limit int) ([]store.DocumentReaders, error) {
	var all []store.DocumentReaders
	err := s.read(ctx, name, "list readers", func(tx pgx.Tx, t *tenant) error {
		rows, err := tx.Query(ctx, "SELECT d.object, r.subjects FROM "+table("documents", t.id)+" d JOIN "+table("readers", t.id)+` r ON r.tenant = d.tenant AND r.id = d.readers
			WHERE d.tenant = $1 AND d.object > $2 ORDER BY d.object LIMIT $3`, t.id, string(after), limit)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (one store.DocumentReaders, err error) {
			return one, row.Scan(&one.Object, &one.Readers)
		})
		return err
	})
	return all, err
}
