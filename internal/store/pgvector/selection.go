package pgvector

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// selection is what a search asks SQL for: a condition that is as near to the
// access as its way takes it. The cursor cuts the rest.
type selection struct {
	way       store.Way
	documents []int64 // Exact: by number; Filtered: those that are behind
	readers   []int64 // Filtered: sets that the principal is in
	share     float64 // of the tenant's documents that the access allows, 0 to 1
	rows      int     // about how many chunks it allows
}

// fewDocuments is how many documents are looked up by their ids where nobody
// said how: beyond it, readers are the shorter way to name them.
const (
	fewDocuments  = 2000
	manyDocuments = 20_000
)

// choose finds what the route names in the store's own numbers.
func (s *Store) choose(ctx context.Context, tx pgx.Tx, t *tenant, query store.Query) (selection, error) {
	access := query.Access
	allowed := access.Documents().Len()
	sel := selection{way: wayOf(access, allowed, t), share: 1}
	if !access.Everything() {
		sel.share = min(1, float64(allowed)/float64(max(1, t.documents)))
	}
	sel.rows = int(sel.share * float64(t.chunks))
	var err error
	switch sel.way {
	case store.Exact:
		sel.documents, err = numbers(ctx, tx, t, members(access.Documents()))
	case store.Filtered:
		err = sel.byReaders(ctx, tx, t, access.Route())
	}
	if err == nil && sel.way != store.Unfiltered && sel.share < maxIndexShare {
		// PostgreSQL takes a comparison with a long list to be cheap, and reads the
		// whole table four times as slowly as the rows that the index names.
		_, err = tx.Exec(ctx, "SET LOCAL enable_seqscan = off")
	}
	return sel, err
}

// maxIndexShare is how much of a tenant is read by way of an index.
const maxIndexShare = 0.5

// wayOf takes the route's way, or chooses one.
func wayOf(access store.Access, allowed int, t *tenant) store.Way {
	route := access.Route()
	wide := allowed > manyDocuments && 5*allowed > t.documents // naming that many costs more than passing over the others
	switch {
	case access.Everything(), route.Way == store.Exact && wide:
		return store.Unfiltered
	case route.Way == store.Unfiltered && !t.indexed && !wide:
		return store.Exact // without an index, each page would score the whole tenant
	case route.Way != store.Any:
		return route.Way
	case allowed > fewDocuments && len(route.Memberships) > 0:
		return store.Filtered
	case allowed > fewDocuments && 2*allowed > t.documents:
		return store.Unfiltered
	}
	return store.Exact
}

// byReaders finds the sets of readers that hold one of the memberships.
func (sel *selection) byReaders(ctx context.Context, tx pgx.Tx, t *tenant, route store.Route) (err error) {
	sel.readers, err = ids(ctx, tx, readersQuery(t.id), t.id, texts(route.Memberships))
	if err == nil && len(route.Behind) > 0 {
		sel.documents, err = numbers(ctx, tx, t, route.Behind)
	}
	return err
}

func readersQuery(tenant int64) string {
	return fmt.Sprintf("SELECT id FROM %s WHERE tenant = $1 AND subjects && $2::text[]", table("readers", tenant))
}

// numbers finds documents by their ids; those that the store does not have are
// left out.
func numbers(ctx context.Context, tx pgx.Tx, t *tenant, objects []eyeshot.Object) ([]int64, error) {
	return ids(ctx, tx, fmt.Sprintf("SELECT id FROM %s WHERE tenant = $1 AND object = ANY ($2::text[])", table("documents", t.id)), t.id, texts(objects))
}

// condition is the selection as SQL, on the columns that hold a document's
// number and its set of readers.
func (sel selection) condition(p *parameters, document, readers string) string {
	switch sel.way {
	case store.Exact:
		return fmt.Sprintf("%s = ANY (%s::bigint[])", document, p.add(sel.documents))
	case store.Filtered:
		byReaders := fmt.Sprintf("%s = ANY (%s::bigint[])", readers, p.add(sel.readers))
		if len(sel.documents) == 0 {
			return byReaders
		}
		return fmt.Sprintf("(%s OR %s = ANY (%s::bigint[]))", byReaders, document, p.add(sel.documents))
	}
	return holds
}
