package authzsync_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

// TestWhateverHappensALookBringsTheIndexToTheTruth lets several processes write
// the same few relationships in any order: at once, slowly, through this
// process and past it, while the log is read and where it lags. Whenever a look
// at the whole log has ended, the index holds what the store holds; and what
// this process wrote is in the index at once.
func TestWhateverHappensALookBringsTheIndexToTheTruth(t *testing.T) {
	all := authztest.Tuples(t, alice, bob, "group:ops#member@user:alice", "group:ops#member@user:bob")
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{tail: follow(t), all: all}
		rt.Repeat(map[string]func(*rapid.T){
			"write elsewhere": m.writeElsewhere,
			"begin elsewhere": m.beginElsewhere,
			"commit":          m.commit,
			"write":           m.write,
			"look":            m.look,
			"look at a part":  m.lookAtPart,
			"write meanwhile": m.writeMeanwhile,
			"wait":            func(rt *rapid.T) { m.clock.Move(time.Duration(rapid.IntRange(0, 4).Draw(rt, "s")) * time.Second) },
			"reorder":         func(rt *rapid.T) { require.NoError(rt, m.index.Reorder(t.Context())) },
			"reconcile":       m.reconcile,
		})
	})
}

type machine struct {
	*tail
	all     []eyeshot.Relationship
	pending []pending
}

// pending is a write that has begun.
type pending struct {
	commit func()
	began  time.Time
}

func (m *machine) draw(rt *rapid.T) (writes, deletes []eyeshot.Relationship) {
	one := []eyeshot.Relationship{rapid.SampledFrom(m.all).Draw(rt, "relationship")}
	if rapid.Bool().Draw(rt, "delete") {
		return nil, one
	}
	return one, nil
}

func (m *machine) writeElsewhere(rt *rapid.T) {
	writes, deletes := m.draw(rt)
	require.NoError(rt, m.store.Write(m.Context(), writes, deletes))
}

func (m *machine) beginElsewhere(rt *rapid.T) {
	m.pending = append(m.pending, pending{m.store.Begin(m.draw(rt)), m.clock.Now()})
}

func (m *machine) commit(rt *rapid.T) {
	if len(m.pending) == 0 {
		rt.Skip("nothing has begun")
	}
	p := m.pending[0]
	m.pending = m.pending[1:]
	// A write that takes longer than the overlap is what reconciling is for.
	if m.clock.Now().Sub(p.began) < 8*time.Second {
		p.commit()
	}
}

func (m *machine) write(rt *rapid.T) {
	writes, deletes := m.draw(rt)
	require.NoError(rt, m.writer().Write(m.Context(), writes, deletes))
	m.agreesOn(rt, append(writes, deletes...)[0])
}

func (m *machine) writeMeanwhile(rt *rapid.T) {
	writes, deletes := m.draw(rt)
	m.store.AfterChanges(func() { require.NoError(rt, m.writer().Write(m.Context(), writes, deletes)) })
	m.look(rt)
}

func (m *machine) look(rt *rapid.T) {
	require.NoError(rt, m.index.Poll(m.Context()))
	for _, r := range m.all {
		m.agreesOn(rt, r)
	}
}

func (m *machine) lookAtPart(rt *rapid.T) {
	m.store.Hide(rapid.IntRange(1, 3).Draw(rt, "hidden"))
	require.NoError(rt, m.index.Poll(m.Context()))
	m.store.Hide(0)
}

func (m *machine) reconcile(rt *rapid.T) {
	mended, err := m.index.Reconcile(m.Context())
	require.NoError(rt, err)
	require.Zero(rt, mended, "the change log had shown everything")
	for _, r := range m.all {
		m.agreesOn(rt, r)
	}
}

func (m *machine) agreesOn(rt *rapid.T, r eyeshot.Relationship) {
	require.Equal(rt, m.store.Has(r.Key()), m.has(r.String()), "%s: store and index", r)
}

func TestAReorderedIndexAnswersAsBefore(t *testing.T) {
	f := follow(t, payWorld)
	before := f.index.View()
	require.NoError(t, f.index.Reorder(t.Context()))
	after := f.index.View()
	require.NotEqual(t, before.Numbering().Epoch(), after.Numbering().Epoch())
	require.Equal(t, before.AsOf(), after.AsOf())
	require.Len(t, allowed(f.index, "user:alice", "can_read", "ticket"), 1)
}
