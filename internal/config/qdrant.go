package config

import (
	"fmt"
	"net"

	"slices"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Qdrant configures the store in a Qdrant server, versions 1.15 to 1.18. Keys of
// the layout count when a collection is created, and change none that is there.
type Qdrant struct {
	Address       string        `koanf:"address" doc:"host:port of Qdrant's gRPC interface. Versions 1.15 to 1.18 are supported."`
	KeyEnv        string        `koanf:"key_env" doc:"Environment variable that holds the API key. A key needs tls, unless the server is on this machine."`
	TLS           bool          `koanf:"tls" doc:"Speak TLS."`
	CAFile        string        `koanf:"ca_file" doc:"PEM file of the certificates to trust. Empty: those of the system."`
	Timeout       time.Duration `koanf:"timeout" doc:"Longest time that one attempt of one call may take."`
	AnyVersion    bool          `koanf:"any_version" doc:"Take servers of other versions, too."`
	Prefix        string        `koanf:"prefix" doc:"What the names of all collections begin with."`
	PerTenant     bool          `koanf:"per_tenant" doc:"A collection of its own for each tenant. Otherwise tenants share one for each dimension, partitioned by tenant."`
	EF            int           `koanf:"ef" doc:"Neighbours that an approximate search keeps on its way (hnsw_ef): more find more of the nearest, and take longer."`
	Exact         bool          `koanf:"exact" doc:"Scan instead of walking the HNSW graph: nothing is missed, and large scopes take long."`
	Oversampling  float64       `koanf:"oversampling" doc:"With quantization, how many times more candidates are scored by the vectors themselves."`
	Quantization  string        `koanf:"quantization" doc:"scalar, binary or product. Empty: none. (layout)"`
	OnDiskVectors bool          `koanf:"on_disk_vectors" doc:"Keep vectors on disk. (layout)"`
	OnDiskPayload bool          `koanf:"on_disk_payload" doc:"Keep texts and metadata on disk. (layout)"`
	OnDiskIndexes bool          `koanf:"on_disk_indexes" doc:"Keep payload indexes and the keyword index on disk. (layout)"`
	M             int           `koanf:"m" doc:"Links of a vector in the HNSW graph. (layout)"`
	EFConstruct   int           `koanf:"ef_construct" doc:"Neighbours considered while the HNSW graph is built. (layout)"`
	Shards        int           `koanf:"shards" doc:"Shards of a collection. 0: as Qdrant has it. (layout)"`
	Replicas      int           `koanf:"replicas" doc:"Copies of each shard. 0: as Qdrant has it. (layout)"`
	NumberKeys    []string      `koanf:"number_keys" doc:"Metadata keys that are compared as numbers (gt, gte, lt, lte), to be indexed for that. (layout)"`
}

func defaultQdrant() Qdrant {
	return Qdrant{
		Address: "localhost:6334", KeyEnv: "QDRANT_API_KEY", Timeout: 30 * time.Second, Prefix: "eyeshot",
		EF: 512, Oversampling: 3, OnDiskPayload: true, M: 32, EFConstruct: 256,
	}
}

func (c Config) validateQdrant() error {
	if c.Store.Kind != "qdrant" {
		return nil
	}
	q := c.Store.Qdrant
	if _, port, err := net.SplitHostPort(q.Address); err != nil || port == "" || strings.Contains(q.Address, "/") {
		return eyeshot.Invalid("store.qdrant.address", q.Address, "must be host:port of Qdrant's gRPC interface, such as localhost:6334")
	}
	if !isPrefix(q.Prefix) {
		return eyeshot.Invalid("store.qdrant.prefix", q.Prefix, "must hold 1 to 100 letters, digits, '_' and '-'")
	}
	if !slices.Contains([]string{"", "scalar", "binary", "product"}, q.Quantization) {
		return eyeshot.Invalid("store.qdrant.quantization", q.Quantization, "must be scalar, binary, product or empty")
	}
	if q.Timeout < time.Millisecond || q.Timeout > time.Hour {
		return eyeshot.Invalid("store.qdrant.timeout", q.Timeout.String(), "must be between 1ms and 1h")
	}
	if q.Oversampling < 1 || q.Oversampling > 100 {
		return eyeshot.Invalid("store.qdrant.oversampling", fmt.Sprint(q.Oversampling), "must be between 1 and 100")
	}
	return q.validateNumbers()
}

func (q Qdrant) validateNumbers() error {
	for _, b := range []struct {
		key                string
		value, least, most int
	}{
		{"store.qdrant.ef", q.EF, 4, 100_000}, {"store.qdrant.m", q.M, 4, 10_000}, {"store.qdrant.ef_construct", q.EFConstruct, 4, 100_000},
		{"store.qdrant.shards", q.Shards, 0, 10_000}, {"store.qdrant.replicas", q.Replicas, 0, 100},
	} {
		if b.value < b.least || b.value > b.most {
			return eyeshot.Invalid(b.key, fmt.Sprint(b.value), fmt.Sprintf("must be between %d and %d", b.least, b.most))
		}
	}
	return nil
}

func isPrefix(name string) bool {
	return name != "" && len(name) <= 100 && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
}
