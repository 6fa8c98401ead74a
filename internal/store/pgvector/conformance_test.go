package pgvector_test

import (
	"fmt"
	"testing"

	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestThePgvectorStoreConforms(t *testing.T) { conforms(t, pgvector.Config{}) }

func TestThePgvectorStoreConformsWithVectorsInMemory(t *testing.T) {
	conforms(t, pgvector.Config{Memory: 1 << 30})
}

func conforms(t *testing.T, config pgvector.Config) {
	dsn := pgtest.DSN(t)
	schemas := 0
	storetest.Run(t, func(t *testing.T) func() (store.Driver, error) {
		schemas++ // a schema is made more quickly than a database
		config := config
		config.DSN, config.Schema, config.PoolSize = dsn, fmt.Sprint("s", schemas), 8
		return func() (store.Driver, error) { return pgvector.Open(t.Context(), config) }
	}, storetest.Exception{Test: "Keyword/ScoresAreBM25", Reason: "keywords are ranked by ts_rank_cd, which has no corpus statistics (docs/stores.md)"})
}
