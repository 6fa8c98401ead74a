package pgvector

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// wording is the list of chunks by keywords.
type wording struct {
	tenant    *tenant
	selection selection
	where     store.Expr
	empty     bool
	match     string // tsquery
	rank      string // tsquery
	function  string // that ranks
}

func newWording(t *tenant, sel selection, where store.Expr, query keyword.Query) *wording {
	function := "ts_rank_cd"
	if len(query.Terms)+len(query.Prefixes) > maxCovered {
		function = "ts_rank"
	}
	return &wording{tenant: t, selection: sel, where: where, empty: query.Empty(), match: matching(query), rank: scoring(query), function: function}
}

// maxCovered is how many words cover density is worth: it grows with the square
// of them, and half a minute is what 10,000 take. Longer queries are ranked by how
// often their words occur.
const maxCovered = 32

// rankExpression scores by cover density, divided by 1 + the logarithm of the
// chunk's length. It knows nothing of other chunks: so no score tells of what may
// not be read, and none is BM25. See PostgreSQL's manual, "Ranking Search
// Results". Titles and headings (A) count twice as much as text (D).
const rankExpression = "greatest(%s('{0.5, 0.5, 0.5, 1}', p.words, %s::tsquery, 1), 1e-30)::real"

// fetch implements [list].
func (l *wording) fetch(ctx context.Context, tx pgx.Tx, below float32, n int) ([]store.Hit, bool, error) {
	if l.empty {
		return nil, true, nil
	}
	var p parameters
	sql := l.ranked(&p, below, n)
	hits, err := collect(ctx, tx, sql, p)
	return hits, len(hits) < n, err
}

func (l *wording) ranked(p *parameters, below float32, n int) string {
	tenant, match, rank := p.add(l.tenant.id), p.add(l.match), p.add(l.rank)
	return fmt.Sprintf(`SELECT object, n, score FROM (
		SELECT d.object, p.n, %s AS score FROM %s p JOIN %s d ON d.tenant = %s AND d.id = p.document
		WHERE p.tenant = %s AND p.words @@ %s::tsquery AND %s AND %s OFFSET 0
	) s WHERE score < %s::real ORDER BY score DESC FETCH FIRST %s ROWS WITH TIES`,
		fmt.Sprintf(rankExpression, l.function, rank), table("passages", l.tenant.id), table("documents", l.tenant.id), tenant, tenant, match,
		l.selection.condition(p, "d.id", "d.readers"), p.where(l.where), p.add(below), p.add(n))
}

// scores implements [list].
func (l *wording) scores(ctx context.Context, tx pgx.Tx, refs []eyeshot.ChunkRef) ([]store.Hit, error) {
	if l.empty {
		return nil, nil
	}
	objects, ns := split(refs)
	var p parameters
	tenant, match, rank, o, n := p.add(l.tenant.id), p.add(l.match), p.add(l.rank), p.add(objects), p.add(ns)
	sql := fmt.Sprintf(`SELECT d.object, p.n, %s FROM unnest(%s::text[], %s::int[]) AS r (object, n)
		JOIN %s d ON d.tenant = %s AND d.object = r.object
		JOIN %s p ON p.tenant = %s AND p.document = d.id AND p.n = r.n WHERE p.words @@ %s::tsquery AND %s AND %s`,
		fmt.Sprintf(rankExpression, l.function, rank), o, n, table("documents", l.tenant.id), tenant, table("passages", l.tenant.id), tenant, match,
		l.selection.condition(&p, "d.id", "d.readers"), p.where(l.where))
	return collect(ctx, tx, sql, p)
}

// narrow implements [widening].
func (l *wording) narrow(ctx context.Context, tx pgx.Tx, access store.Access) (bool, error) {
	return l.selection.narrow(ctx, tx, l.tenant, access)
}
