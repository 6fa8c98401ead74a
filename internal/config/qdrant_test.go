package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

func TestEveryKeyOfTheStoreInQdrantIsChecked(t *testing.T) {
	valid := config.Default()
	valid.Store.Kind = "qdrant"
	require.NoError(t, valid.Validate())
	for key, change := range map[string]func(*config.Qdrant){
		"store.qdrant.address":      func(q *config.Qdrant) { q.Address = "localhost" },
		"store.qdrant.prefix":       func(q *config.Qdrant) { q.Prefix = "a/b" },
		"store.qdrant.timeout":      func(q *config.Qdrant) { q.Timeout = time.Microsecond },
		"store.qdrant.quantization": func(q *config.Qdrant) { q.Quantization = "ternary" },
		"store.qdrant.oversampling": func(q *config.Qdrant) { q.Oversampling = 0.5 },
		"store.qdrant.ef":           func(q *config.Qdrant) { q.EF = 0 },
		"store.qdrant.m":            func(q *config.Qdrant) { q.M = 1 },
		"store.qdrant.ef_construct": func(q *config.Qdrant) { q.EFConstruct = -1 },
		"store.qdrant.shards":       func(q *config.Qdrant) { q.Shards = -1 },
		"store.qdrant.replicas":     func(q *config.Qdrant) { q.Replicas = 101 },
	} {
		wrong := valid
		change(&wrong.Store.Qdrant)
		err := wrong.Validate()
		require.ErrorIs(t, err, eyeshot.ErrInvalid, key)
		require.ErrorContains(t, err, key)
		wrong.Store.Kind = "embedded"
		require.NoError(t, wrong.Validate(), "what is not used may be anything")
	}
}
