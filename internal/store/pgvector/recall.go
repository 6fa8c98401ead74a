package pgvector

import (
	"context"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// What HNSW finds depends on the vectors: tight clusters hide behind each other,
// and no setting is right for all. So an index is tried before it is used, with
// queries made of the tenant's own vectors, against what an exact search finds.
const (
	recallGoal    = 0.99
	recallQueries = 25
	recallDepth   = 10
	maxEf         = 1000 // pgvector's
)

// admitIndex tries an index that was just built with more and more candidates,
// and lets searches use it with the fewest that find enough. Where none do,
// searches stay exact.
func (s *Store) admitIndex(ctx context.Context, name string) error {
	var id int64
	ef := 0
	err := s.read(ctx, name, "try an index", func(tx pgx.Tx, t *tenant) (err error) {
		id = t.id
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		ef, err = t.leastEf(ctx, tx, s.config.EfSearch)
		return err
	})
	if err != nil || id == 0 {
		return err
	}
	_, err = s.others.Exec(ctx, "UPDATE tenants SET indexed = true, ef = $2 WHERE id = $1", id, ef)
	return classify(err)
}

// leastEf returns the fewest candidates, from the given number on, with which
// the index finds enough, or 0.
func (t *tenant) leastEf(ctx context.Context, tx pgx.Tx, from int) (int, error) {
	queries, err := t.sample(ctx, tx)
	if err != nil {
		return 0, err
	}
	for ef := from; ; ef = min(2*ef, maxEf) {
		recall, err := t.recall(ctx, tx, queries, ef)
		switch {
		case err != nil:
			return 0, err
		case recall >= recallGoal:
			return ef, nil
		case ef >= maxEf:
			return 0, nil
		}
	}
}

// sample makes queries: each lies between two of the tenant's vectors, nearer to
// the first, and is none of them.
func (t *tenant) sample(ctx context.Context, tx pgx.Tx) ([][]float32, error) {
	rows, err := tx.Query(ctx, "SELECT vector FROM "+table("chunks", t.id)+" WHERE tenant = $1 ORDER BY random() LIMIT $2", t.id, 2*recallQueries)
	if err != nil {
		return nil, err
	}
	vectors, err := pgx.CollectRows(rows, pgx.RowTo[pgvector.Vector])
	var queries [][]float32
	for i := 0; i+1 < len(vectors); i += 2 {
		queries = append(queries, between(vectors[i].Slice(), vectors[i+1].Slice()))
	}
	return queries, err
}

func between(a, b []float32) []float32 {
	v, sum := make([]float32, len(a)), 0.0
	for i := range v {
		v[i] = a[i] + b[i]/2
		sum += float64(v[i]) * float64(v[i])
	}
	if sum == 0 {
		return v
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// recall is how much of the ten nearest HNSW finds. Chunks that share the score
// of the tenth are as good as it.
func (t *tenant) recall(ctx context.Context, tx pgx.Tx, queries [][]float32, ef int) (float64, error) {
	found, wanted := 0, 0
	for _, query := range queries {
		list := &semantic{tenant: t, selection: selection{way: store.Unfiltered}, vector: pgvector.NewVector(query), zero: isZero(query), ef: ef}
		want, _, err := list.fetch(ctx, tx, math.MaxFloat32, recallDepth)
		if err != nil {
			return 0, err
		}
		got, _, err := list.nearest(ctx, tx, recallDepth)
		if err != nil {
			return 0, err
		}
		sortHits(want)
		if want = want[:min(recallDepth, len(want))]; len(want) == 0 {
			continue
		}
		least := want[len(want)-1].Score
		wanted += len(want)
		found += min(len(want), len(slices.DeleteFunc(got, func(hit store.Hit) bool { return hit.Score < least })))
	}
	if wanted == 0 {
		return 1, nil
	}
	return float64(found) / float64(wanted), nil
}
