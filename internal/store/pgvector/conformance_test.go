package pgvector_test

import (
	"testing"

	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestThePgvectorStoreConforms(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() (store.Driver, error) {
		config := pgvector.Config{DSN: pgtest.DSN(t), PoolSize: 8}
		return func() (store.Driver, error) { return pgvector.Open(t.Context(), config) }
	}, storetest.Exception{Test: "Keyword/ScoresAreBM25", Reason: "keywords are ranked by ts_rank_cd, which has no corpus statistics (docs/stores.md)"})
}
