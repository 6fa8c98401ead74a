package filter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/rowsecurity"
)

// postgres is a database with the world's documents twice: in tables with
// row-level security, and in ours.
type postgres struct {
	scratch *rowsecurity.Scratch
	rows    *rowsecurity.Database
	stores  []*pgvector.Store
	keeper  *authzsync.Keeper
	spent   *rowsecurity.Processor // by the server; nil where that is not known
	memory  engine                 // ours, with vectors in memory, as the product has it
	sql     engine                 // ours, in SQL alone
}

const (
	nameOnPgvector   = "ours on pgvector"
	nameScopeMemory  = "ours on pgvector, without the gate"
	nameScopeSQL     = "ours on pgvector, in SQL alone, without the gate"
	nameExists       = "row security, EXISTS"
	nameExistsHNSW   = "row security, EXISTS, by HNSW"
	nameTuned        = "row security, tuned"
	nameTunedHNSW    = "row security, tuned, by HNSW"
	pgvectorRowBytes = 16 // of a copy in memory, beside the vector; two numbers of a set of readers take as much on disk
)

func (s *stage) postgresWays() []way {
	if s.Postgres == "" {
		return nil
	}
	p := &s.postgres
	return []way{
		{name: nameScopeMemory, search: p.memory.scope, elsewhere: true},
		{name: nameOnPgvector, search: p.memory.wholeSearch, elsewhere: true},
		{name: nameScopeSQL, search: p.sql.scope, elsewhere: true},
		{name: nameExists, search: s.rowSecurity(rowsecurity.Exists, rowsecurity.None), elsewhere: true},
		{name: nameExistsHNSW, search: s.rowSecurity(rowsecurity.Exists, rowsecurity.HNSW), elsewhere: true},
		{name: nameTuned, search: s.rowSecurity(rowsecurity.Tuned, rowsecurity.None), elsewhere: true},
		{name: nameTunedHNSW, search: s.rowSecurity(rowsecurity.Tuned, rowsecurity.HNSW), elsewhere: true},
	}
}

// rowSecurity searches as a principal, whom PostgreSQL alone holds to what it may
// read.
func (s *stage) rowSecurity(policy rowsecurity.Policy, index rowsecurity.Index) func(context.Context, question) (answer, error) {
	return func(ctx context.Context, q question) (a answer, err error) {
		found, err := s.postgres.rows.Search(ctx, policy, index, eyeshot.Subject(q.subject), q.vector, s.Limit)
		for _, object := range found {
			a.refs = append(a.refs, eyeshot.ChunkRef{Object: object})
		}
		return a, err
	}
}

// openPostgres makes the database, where there is a server and a way that needs it.
func (s *stage) openPostgres(ctx context.Context) (err error) {
	if !slices.ContainsFunc(s.chosen, func(w way) bool { return w.elsewhere }) {
		return nil
	}
	p := &s.postgres
	if p.scratch, err = rowsecurity.NewScratch(ctx, s.Postgres); err != nil {
		return err
	}
	inMemory := int64(s.Documents)*int64(s.vectorBytes()+pgvectorRowBytes) + 1<<20
	if err := errors.Join(s.openOurs(ctx, &p.memory, inMemory), s.openOurs(ctx, &p.sql, 0)); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{s.fillOurs, s.fillRows, func(ctx context.Context) error { return p.rows.Finish(ctx) }, s.countPostgres} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	p.spent, err = p.scratch.Processor(ctx)
	return err
}

// refresh looks up the server's connections, before the ways are asked.
func (p *postgres) refresh(ctx context.Context) error {
	if p.spent == nil {
		return nil
	}
	return p.spent.Refresh(ctx)
}

// used is the server's processor time.
func (p *postgres) used() time.Duration {
	if p.spent == nil {
		return 0
	}
	return p.spent.Used()
}

// costs are what a way in PostgreSQL takes, in microseconds: of processor time, the
// server's and ours, or by the clock where the server's is not known.
func (p *postgres) costs(c *cell) []float64 {
	if p.spent == nil {
		return c.meter.Wall
	}
	return c.meter.CPU
}

// unit names what costs are.
func (p *postgres) unit() string {
	if p.spent == nil {
		return "by the clock"
	}
	return "of processor time"
}

// fillRows fills the tables under row security.
func (s *stage) fillRows(ctx context.Context) (err error) {
	p := &s.postgres
	if p.rows, err = rowsecurity.Open(ctx, p.scratch.DSN, s.world.Dimension); err != nil {
		return err
	}
	const lot = 5000
	labels := s.world.Labels()
	for from := 0; from < s.Documents; from += lot {
		var rows []rowsecurity.Document
		for i := from; i < min(from+lot, s.Documents); i++ {
			rows = append(rows, rowsecurity.Document{Object: s.world.Objects[i], Readers: labels[i], Text: s.text(i), Vector: s.world.Vectors[i]})
		}
		if err := p.rows.Load(ctx, rows, nil); err != nil {
			return err
		}
	}
	return p.rows.Load(ctx, nil, s.world.Held())
}

// openOurs opens the product's store for PostgreSQL, and its search over it.
func (s *stage) openOurs(ctx context.Context, e *engine, memory int64) error {
	const none = 1 << 30 // chunks: with vectors in memory HNSW is not asked
	driver, err := pgvector.Open(ctx, pgvector.Config{DSN: s.postgres.scratch.DSN, Memory: memory, IndexFrom: none, PoolSize: 4, StatementTimeout: time.Hour})
	if err != nil {
		return err
	}
	s.postgres.stores = append(s.postgres.stores, driver)
	*e = s.engine
	capabilities := driver.Capabilities()
	if memory == 0 { // without a filter is for HNSW: there is none, so that what is found is exact
		capabilities.Ways = []store.Way{store.Exact, store.Filtered}
	}
	e.store, e.planner = store.NewService(driver, nil), filters.NewPlanner(capabilities, nil)
	e.reach = func() filters.Reach { return s.postgres.keeper.View() }
	e.ours, err = s.retriever(e)
	return err
}

// fillOurs fills the store, which both of ours search. A search after each lot has
// the copy in memory catch up with it, as searches of a running product do.
func (s *stage) fillOurs(ctx context.Context) error {
	p := &s.postgres
	if err := p.memory.store.Prepare(ctx, tenant, s.model()); err != nil {
		return err
	}
	p.keeper = authzsync.NewKeeper(s.index, p.memory.store, authzsync.KeeperOptions{Tenant: tenant, Relations: s.policy.ReadRelations()})
	first := question{vector: s.world.Vectors[0]}
	err := inLots(s.records(nil), func(lot []store.Record) error {
		if err := p.keeper.Upsert(ctx, lot); err != nil {
			return err
		}
		_, err := p.memory.none(ctx, first)
		return err
	})
	if err != nil {
		return fmt.Errorf("filling the store in PostgreSQL: %w", err)
	}
	return p.keeper.Sync(ctx)
}

func (s *stage) countPostgres(ctx context.Context) error {
	p := &s.postgres
	for name, way := range map[string]struct {
		policy rowsecurity.Policy
		index  rowsecurity.Index
	}{
		nameExists: {rowsecurity.Exists, rowsecurity.None}, nameExistsHNSW: {rowsecurity.Exists, rowsecurity.HNSW},
		nameTuned: {rowsecurity.Tuned, rowsecurity.None}, nameTunedHNSW: {rowsecurity.Tuned, rowsecurity.HNSW},
	} {
		bytes, err := p.rows.Bytes(ctx, way.policy, way.index)
		if err != nil {
			return err
		}
		s.bytes[name] = bytes
	}
	readers, err := p.scratch.Size(ctx, `readers\_%`)
	if err != nil {
		return err
	}
	s.bytes[nameScopeSQL] = s.bytes[nameScope] + readers + s.Documents*pgvectorRowBytes
	s.bytes[nameScopeMemory] = s.bytes[nameScopeSQL] + s.Documents*(s.vectorBytes()+pgvectorRowBytes)
	s.bytes[nameOnPgvector] = s.bytes[nameScopeMemory]
	return nil
}

// close ends the connections and removes everything from the server.
func (p *postgres) close(ctx context.Context) error {
	var all error
	if p.spent != nil {
		p.spent.Close(ctx)
	}
	for _, driver := range p.stores {
		all = errors.Join(all, driver.Close())
	}
	if p.rows != nil {
		all = errors.Join(all, p.rows.Close(ctx))
	}
	if p.scratch != nil {
		all = errors.Join(all, p.scratch.Drop(ctx))
	}
	return all
}
