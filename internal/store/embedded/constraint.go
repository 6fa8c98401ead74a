package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// matched are the rows, by rising number, that FTS5 found for the phrases and
// the prefixes of a query. They may hold rows that no access allows.
type matched struct {
	phrases  [][]uint32
	prefixes [][]uint32
}

// view is one state of a tenant: what memory holds, and what FTS5 says of the
// same state of the file. The snapshot is nil where the index was dropped.
//
// Only a query with phrases or prefixes asks FTS5. It takes its snapshot of the
// file and of memory while no writer is between the two, and lets the writer on
// before it starts to look.
func (s *Store) view(ctx context.Context, t *tenant, query keyword.Query) (*snapshot, matched, error) {
	if len(query.Phrases)+len(query.Prefixes) == 0 {
		return t.current.Load(), matched{}, nil
	}
	tx, state, err := s.pin(ctx, t)
	if err != nil {
		return nil, matched{}, fmt.Errorf("look keywords up: %w", sqlitedb.Classify(err))
	}
	if state == nil {
		return nil, matched{}, nil
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	found, err := lookUp(ctx, tx, t.id, state, query)
	if err != nil {
		return nil, matched{}, fmt.Errorf("look keywords up: %w", withoutText(err))
	}
	return state, found, nil
}

// pin begins a read of the file at the state that memory has.
func (s *Store) pin(ctx context.Context, t *tenant) (*sql.Tx, *snapshot, error) {
	t.publish.RLock()
	defer t.publish.RUnlock()
	if t.dropped {
		return nil, nil, nil
	}
	tx, err := s.db.Read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	var one int // SQLite takes its snapshot with the first read, not with BEGIN
	if err := tx.QueryRowContext(ctx, "SELECT 1 FROM tenants WHERE id = ?", t.id).Scan(&one); err != nil {
		return nil, nil, errors.Join(err, tx.Rollback())
	}
	return tx, t.current.Load(), nil
}

func lookUp(ctx context.Context, tx *sql.Tx, tenant int64, state *snapshot, query keyword.Query) (matched, error) {
	var found matched
	for _, phrase := range query.Phrases {
		rows, err := match(ctx, tx, tenant, state, quoted(phrase...))
		if err != nil {
			return matched{}, err
		}
		found.phrases = append(found.phrases, rows)
	}
	for _, prefix := range query.Prefixes {
		rows, err := match(ctx, tx, tenant, state, quoted(prefix)+" *")
		if err != nil {
			return matched{}, err
		}
		found.prefixes = append(found.prefixes, rows)
	}
	return found, nil
}

// quoted builds an FTS5 string.
//
// SECURITY: it takes tokens and nothing else, which hold no quote, so that no
// query text is ever read as FTS5 syntax.
func quoted(tokens ...string) string { return `"` + strings.Join(tokens, " ") + `"` }

// match asks FTS5 and turns chunk ids into rows. Both rise, so one walk does.
func match(ctx context.Context, tx *sql.Tx, tenant int64, state *snapshot, expression string) ([]uint32, error) {
	table := keywordTable(tenant)
	rows, err := tx.QueryContext(ctx, "SELECT rowid FROM "+table+" WHERE "+table+" MATCH ? ORDER BY rowid", expression)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []uint32
	at := 0
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		at += sort.Search(len(state.chunks)-at, func(i int) bool { return state.chunks[at+i] >= id })
		if at < len(state.chunks) && state.chunks[at] == id {
			found = append(found, uint32(at))
		}
	}
	return found, rows.Err()
}

// withoutText classifies an error of FTS5.
//
// SECURITY: FTS5 repeats the query in its errors; it must not reach a log.
func withoutText(err error) error {
	classified := sqlitedb.Classify(err)
	for _, known := range []error{eyeshot.ErrUnavailable, eyeshot.ErrConflict, eyeshot.ErrInvalid, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(classified, known) {
			return classified
		}
	}
	return fmt.Errorf("%w: SQLite refused the look-up", eyeshot.ErrUnavailable)
}
