package pgvector

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// semantic is the list of chunks by similarity.
type semantic struct {
	tenant    *tenant
	selection selection
	where     store.Expr
	vector    pgvector.Vector
	zero      bool
	index     bool // the next fetch may go by HNSW
	ef        int
}

func newSemantic(config Config, t *tenant, sel selection, query store.Query) *semantic {
	return &semantic{
		tenant: t, selection: sel, where: query.Where, vector: pgvector.NewVector(query.Vector), zero: isZero(query.Vector), ef: t.ef,
		index: t.indexed && t.ef > 0 && query.Where == nil && sel.worthIndex(config),
	}
}

// minIndexShare is how much of a tenant a principal may see for HNSW to be asked:
// below, it walks past so much that scoring all that is allowed is quicker, and
// finds less.
const minIndexShare = 0.2

func (sel selection) worthIndex(config Config) bool {
	return sel.way != store.Exact && sel.share >= minIndexShare && sel.rows >= config.IndexFrom
}

func isZero(vector []float32) bool {
	for _, x := range vector {
		if x != 0 {
			return false
		}
	}
	return true
}

// fetch implements [list].
func (l *semantic) fetch(ctx context.Context, tx pgx.Tx, below float32, n int) ([]store.Hit, bool, error) {
	if l.zero {
		return nil, true, nil
	}
	if l.index {
		l.index = false // one page: what comes below is found exactly
		hits, whole, err := l.nearest(ctx, tx, n)
		if err != nil || whole {
			return hits, false, err
		}
	}
	var p parameters
	sql := l.exact(&p, below, n)
	hits, err := collect(ctx, tx, sql, p)
	return hits, len(hits) < n, err
}

// exact scores every chunk of the selection. OFFSET 0 keeps PostgreSQL from
// computing the score twice, and the sign from going by HNSW.
func (l *semantic) exact(p *parameters, below float32, n int) string {
	tenant, vector := p.add(l.tenant.id), p.add(l.vector)
	condition := l.selection.condition(p, "c.document", "c.readers")
	join := ""
	if l.where != nil {
		join = fmt.Sprintf("JOIN %s d ON d.tenant = %s AND d.id = c.document", table("documents", l.tenant.id), tenant)
		condition += " AND " + p.where(l.where)
	}
	return fmt.Sprintf(`SELECT d.object, t.n, t.score::real FROM (
		SELECT * FROM (
			SELECT c.document, c.n, -(c.vector <#> %[1]s::vector) AS score FROM %[2]s c %[3]s WHERE c.tenant = %[4]s AND %[5]s OFFSET 0
		) s WHERE score > 0 AND score < %[6]s::real ORDER BY score DESC FETCH FIRST %[7]s ROWS WITH TIES
	) t JOIN %[8]s d ON d.tenant = %[4]s AND d.id = t.document`,
		vector, table("chunks", l.tenant.id), join, tenant, condition, p.add(below), p.add(n), table("documents", l.tenant.id))
}

// nearest asks HNSW. It says false where the index stopped before it had found
// as much as there is: then the list is read another way.
func (l *semantic) nearest(ctx context.Context, tx pgx.Tx, n int) ([]store.Hit, bool, error) {
	if err := l.tune(ctx, tx, true); err != nil {
		return nil, false, err
	}
	var p parameters
	candidates := max(n, l.ef)
	hits, err := collect(ctx, tx, l.indexed(&p, candidates), p)
	if err != nil {
		return nil, false, err
	}
	if err := l.tune(ctx, tx, false); err != nil {
		return nil, false, err
	}
	return certain(hits, n), len(hits) >= candidates, nil
}

// certain keeps the best n hits and those that share the score of the last. The
// rest of the candidates lie at the edge of what HNSW looked at.
func certain(hits []store.Hit, n int) []store.Hit {
	sortHits(hits)
	end := min(n, len(hits))
	for end > 0 && end < len(hits) && hits[end].Score == hits[end-1].Score {
		end++
	}
	return hits[:end]
}

// indexed finds candidates by HNSW, in halfvec, and scores them by the whole
// vectors.
func (l *semantic) indexed(p *parameters, candidates int) string {
	tenant, vector := p.add(l.tenant.id), p.add(l.vector)
	half := fmt.Sprintf("halfvec(%d)", l.tenant.model.Dimension)
	return fmt.Sprintf(`SELECT d.object, t.n, (-(t.vector <#> %[1]s::vector))::real FROM (
		SELECT c.document, c.n, c.vector FROM %[2]s c WHERE c.tenant = %[3]s AND %[4]s
		ORDER BY c.vector::%[5]s <#> %[1]s::vector::%[5]s LIMIT %[6]s
	) t JOIN %[7]s d ON d.tenant = %[3]s AND d.id = t.document WHERE t.vector <#> %[1]s::vector < 0`,
		vector, table("chunks", l.tenant.id), tenant, l.selection.condition(p, "c.document", "c.readers"), half, p.add(candidates), table("documents", l.tenant.id))
}

// tune sets what a search by HNSW takes for the rest of the transaction, or
// takes it back. A plan that sorts is no plan by HNSW.
func (l *semantic) tune(ctx context.Context, tx pgx.Tx, on bool) error {
	sorting := "on"
	if on {
		sorting = "off"
	}
	_, err := tx.Exec(ctx, `SELECT set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
		set_config('hnsw.max_scan_tuples', $2, true), set_config('enable_sort', $3, true)`, strconv.Itoa(l.ef), strconv.Itoa(50*l.ef), sorting)
	return err
}

// scores implements [list].
func (l *semantic) scores(ctx context.Context, tx pgx.Tx, refs []eyeshot.ChunkRef) ([]store.Hit, error) {
	if l.zero {
		return nil, nil
	}
	objects, ns := split(refs)
	var p parameters
	tenant, vector, o, n := p.add(l.tenant.id), p.add(l.vector), p.add(objects), p.add(ns)
	sql := fmt.Sprintf(`SELECT d.object, c.n, (-(c.vector <#> %[1]s::vector))::real FROM unnest(%[2]s::text[], %[3]s::int[]) AS r (object, n)
		JOIN %[4]s d ON d.tenant = %[5]s AND d.object = r.object
		JOIN %[6]s c ON c.tenant = %[5]s AND c.document = d.id AND c.n = r.n WHERE %[7]s AND %[8]s`,
		vector, o, n, table("documents", l.tenant.id), tenant, table("chunks", l.tenant.id), l.selection.condition(&p, "c.document", "c.readers"), p.where(l.where))
	return collect(ctx, tx, sql, p)
}

// narrow implements [widening]: from here on the list is that of the access's own
// documents.
func (l *semantic) narrow(ctx context.Context, tx pgx.Tx, access store.Access) (bool, error) {
	return l.selection.narrow(ctx, tx, l.tenant, access)
}

func (sel *selection) narrow(ctx context.Context, tx pgx.Tx, t *tenant, access store.Access) (bool, error) {
	if sel.way == store.Exact || access.Everything() {
		return false, nil
	}
	if sel.way == store.Filtered {
		return false, nil // its readers are what it goes by
	}
	documents, err := numbers(ctx, tx, t, members(access.Documents()))
	sel.way, sel.documents = store.Exact, documents
	return true, err
}

// collect runs a query for hits.
func collect(ctx context.Context, tx pgx.Tx, sql string, p parameters) ([]store.Hit, error) {
	rows, err := tx.Query(ctx, sql, p...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (hit store.Hit, err error) {
		return hit, row.Scan(&hit.Ref.Object, &hit.Ref.N, &hit.Score)
	})
}
