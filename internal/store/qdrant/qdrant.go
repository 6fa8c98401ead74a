// Package qdrant is the store in a Qdrant server: for teams that run one, or
// whose vectors outgrow one machine. It finds by named dense vectors and ranks
// keywords by BM25 with the statistics of the scope, as the embedded store does;
// Qdrant narrows searches by tenant, readers, documents and metadata.
//
// Qdrant has no transactions and no snapshots, so the store brings its own: a
// point says in which write it was born and in which it died, a search looks at
// one write, and a write counts when the catalogue says so (tenant.go). That
// takes one process that writes to a tenant, which Eyeshot is.
//
// It trusts Qdrant's filters with nothing: what comes back is cut to the tenant
// and to the access. Callers reach it through [store.Service], which validates.
package qdrant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// Config says where the server is and how collections are laid out in it. What
// concerns collections counts when they are created, and changes none that is
// there.
type Config struct {
	Address string        // host:port of Qdrant's gRPC interface
	Key     func() string // API key, asked for on every call; nil or "" for none
	TLS     bool
	CAFile  string        // PEM file of the certificates to trust; "" for the system's
	Timeout time.Duration // of one attempt of one call; 0 means 30 s
	// AnyVersion lets servers in whose version is not supported.
	AnyVersion bool

	Prefix    string // of collection names; "" means "eyeshot"
	PerTenant bool   // a collection of its own for each tenant
	Layout    Layout

	// EF is how many neighbours an approximate search keeps on its way (hnsw_ef);
	// 0 means 512. More finds more and takes longer.
	EF int
	// Exact makes every search exact: no graph is walked.
	Exact bool
	// Oversampling is how many times more candidates are chosen by quantized
	// vectors than are wanted, to be scored again by the vectors themselves; 0
	// means 3. It matters only with quantization.
	Oversampling float64
}

// Layout is how collections are created.
type Layout struct {
	Quantization   string // "", "scalar", "binary" or "product"
	OnDiskVectors  bool
	OnDiskPayload  bool
	OnDiskIndexes  bool     // payload indexes and the sparse index
	M              int      // links of a vector in the HNSW graph; 0 means 32
	EFConstruct    int      // neighbours kept while the graph is built; 0 means 256
	Shards         int      // 0 means Qdrant's default
	Replicas       int      // 0 means Qdrant's default
	NumberMetadata []string // metadata keys whose numbers are indexed for ranges
}

// Store is an open store. It is safe for concurrent use: searches wait for no
// writer; writes to one tenant come one at a time.
type Store struct {
	config      Config
	client      *qc.GrpcClient
	collections qc.CollectionsClient
	points      qc.PointsClient
	tokenizer   *keyword.Tokenizer
	sweeper     *sweeper

	mu      sync.RWMutex
	tenants map[string]*index
	limits  map[string]limits // by collection that is known to be there
	closed  bool

	preparing chan struct{}     // holds one token while somebody adds or drops an index
	begun     map[string]*index // entries of which nobody knows whether they were made; guarded by preparing
}

var _ store.Driver = (*Store)(nil)

// errStoreClosed answers every call after Close.
var errStoreClosed = fmt.Errorf("%w: the store is closed", eyeshot.ErrUnavailable)

// Open connects and reads which tenants there are. It fails with
// [eyeshot.ErrConflict] where the server's version is not supported.
func Open(ctx context.Context, config Config) (*Store, error) {
	config = config.withDefaults()
	client, err := dial(config)
	if err != nil {
		return nil, fmt.Errorf("qdrant store: %w", err)
	}
	s := &Store{
		config: config, client: client, collections: client.Collections(), points: client.Points(),
		tokenizer: keyword.NewTokenizer(), tenants: map[string]*index{}, limits: map[string]limits{}, preparing: make(chan struct{}, 1), begun: map[string]*index{},
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("qdrant store at %s: %w", config.Address, err), client.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	if err := s.checkVersion(ctx); err != nil {
		return err
	}
	if err := s.createCatalogue(ctx); err != nil {
		return err
	}
	dropped, err := s.loadCatalogue(ctx)
	if err != nil {
		return err
	}
	s.sweeper = startSweeper(s)
	for _, t := range dropped {
		s.sweeper.ask(t)
	}
	return nil
}

func (c Config) withDefaults() Config {
	or := func(value *int, otherwise int) {
		if *value == 0 {
			*value = otherwise
		}
	}
	or(&c.EF, 512)
	or(&c.Layout.M, 32)
	or(&c.Layout.EFConstruct, 256)
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Prefix == "" {
		c.Prefix = "eyeshot"
	}
	if c.Oversampling == 0 {
		c.Oversampling = 3
	}
	if c.Key == nil {
		c.Key = func() string { return "" }
	}
	return c
}

// Close ends the connection; writes under way fail. Cursors that are open can
// only give what they have already fetched.
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed, s.tenants = true, nil
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.sweeper.stop()
	return s.client.Close()
}

// tenant returns a tenant's index, nil where it was not prepared.
func (s *Store) tenant(name string) (*index, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, errStoreClosed
	}
	return s.tenants[name], nil
}

// lock takes a token's place in a channel of one.
func lock(ctx context.Context, token chan struct{}) (unlock func(), err error) {
	select {
	case token <- struct{}{}:
		return func() { <-token }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for another write: %w", ctx.Err())
	}
}

// Bounds of one search that the planner should know.
const (
	maxExact       = 50_000
	maxMemberships = 20_000
)

// Capabilities implements [store.Driver]. The figures are rough: they come from
// 200,000 vectors of 256 dimensions on a machine with two cores, searched with an
// hnsw_ef of 128, times what 512 may take.
func (s *Store) Capabilities() store.Capabilities {
	return store.Capabilities{
		Name: "qdrant", Ways: []store.Way{store.Exact, store.Filtered, store.Unfiltered},
		Readers: true, Approximate: !s.config.Exact, MaxExact: maxExact, MaxMemberships: maxMemberships,
		Costs: store.Costs{
			store.Exact:      {Fixed: 1_500_000, PerAllowed: 2_100},
			store.Filtered:   {Fixed: 12_000_000, PerMembership: 1_000},
			store.Unfiltered: {Fixed: 6_000_000, PerVisited: 20_000},
		},
	}
}
