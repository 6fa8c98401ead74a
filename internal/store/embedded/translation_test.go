package embedded

import (
	"fmt"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// counted is a numbering that counts how often it is asked. Tickets have the
// number in their name as ordinal.
type counted struct {
	epoch uint64
	asked int
}

func (c *counted) Epoch() uint64 { return c.epoch }

func (c *counted) Ordinal(object eyeshot.Object) (uint32, bool) {
	c.asked++
	var ordinal uint32
	_, err := fmt.Sscanf(object.Local(), "%d", &ordinal)
	return ordinal, err == nil
}

func (c *counted) Object(typ string, ordinal uint32) (eyeshot.Object, bool) {
	c.asked++
	return eyeshot.Object(fmt.Sprintf("%s:a/%d", typ, ordinal)), true
}

// stateOf builds a snapshot of tickets with one chunk each.
func stateOf(t *testing.T, tickets ...int) (*tenant, *columns) {
	t.Helper()
	c := newColumns(keyword.NewTokenizer(), 2)
	tenant := newTenant(1, store.EmbeddingModel{}, newSnapshot(c, pages{}, 0))
	addTickets(tenant, tickets...)
	return tenant, c
}

func addTickets(t *tenant, tickets ...int) {
	var added change
	for _, ticket := range tickets {
		added.added = append(added.added, stored{record: recordOf(ticketObject(ticket), "text"), chunkIDs: []int64{int64(ticket)}})
	}
	t.apply(added)
}

func ticketObject(ticket int) eyeshot.Object {
	return eyeshot.Object(fmt.Sprintf("ticket:a/%d", ticket))
}

func setOf(numbering store.Numbering, ordinals ...uint32) store.Access {
	return store.AccessDocuments(store.NewDocumentSet(numbering, map[string]*roaring.Bitmap{"ticket": roaring.BitmapOf(ordinals...)}))
}

func TestANameIsLookedUpOnceHoweverOftenItIsSearched(t *testing.T) {
	tenant, _ := stateOf(t, 0, 1, 2, 3, 4)
	numbering := &counted{epoch: 1}
	search := func(ordinals ...uint32) []uint32 {
		return tenant.current.Load().allowed(setOf(numbering, ordinals...), &choiceMemory{})
	}
	require.Equal(t, []uint32{1, 3}, search(1, 3, 900, 1<<31))
	require.Equal(t, 4, numbering.asked)
	for range 10 {
		require.Equal(t, []uint32{1, 3}, search(1, 3, 900, 1<<31))
	}
	require.Equal(t, 4, numbering.asked, "what is known, absence included, is not asked for again")

	addTickets(tenant, 900, 5)
	require.Equal(t, []uint32{1, 3, 5}, search(1, 3, 900))
	require.Equal(t, 4+2, numbering.asked, "each document that came is looked up")
	require.Equal(t, []uint32{1, 3, 5, 6}, search(1, 3, 5, 900))
	require.Equal(t, 4+2, numbering.asked)
}

func TestOldEpochsAreForgotten(t *testing.T) {
	tenant, columns := stateOf(t, 0, 1)
	for epoch := range uint64(20) {
		require.Equal(t, []uint32{1}, tenant.current.Load().allowed(setOf(&counted{epoch: epoch}, 1), &choiceMemory{}))
		require.LessOrEqual(t, len(columns.translations.list), maxTranslations)
	}
	fresh := &counted{epoch: 19}
	tenant.current.Load().allowed(setOf(fresh, 1), &choiceMemory{})
	require.Zero(t, fresh.asked, "the newest is remembered")
}

// TestABitmapSpeaksForItsOwnTypeOnly uses a numbering that errs.
func TestABitmapSpeaksForItsOwnTypeOnly(t *testing.T) {
	tenant, _ := stateOf(t, 0, 1)
	set := store.NewDocumentSet(confused{&counted{epoch: 1}}, map[string]*roaring.Bitmap{"page": roaring.BitmapOf(1)})
	require.Empty(t, tenant.current.Load().allowed(store.AccessDocuments(set), &choiceMemory{}))
}

type confused struct{ *counted }

func (c confused) Object(_ string, ordinal uint32) (eyeshot.Object, bool) {
	return c.counted.Object("ticket", ordinal)
}

func TestCompactionDropsWhatIsDeadAndKeepsTheRest(t *testing.T) {
	tenant, _ := stateOf(t)
	numbering := &counted{epoch: 1}
	for i := range 2*fewDeadRows + 2 {
		addTickets(tenant, i)
	}
	old := tenant.current.Load()
	require.EqualValues(t, 2*fewDeadRows+2, old.rows)
	var gone change
	for i := range fewDeadRows + 1 {
		gone.removed = append(gone.removed, ticketObject(2*i))
	}
	tenant.apply(gone)
	tenant.tidy()

	state := tenant.current.Load()
	require.NotSame(t, old.columns, state.columns)
	require.EqualValues(t, fewDeadRows+1, state.rows)
	require.Equal(t, int(state.rows), state.live)
	require.Len(t, state.columns.numbers, int(state.rows))
	require.Len(t, state.everything(), int(state.rows))
	require.Empty(t, state.allowed(setOf(numbering, 0, 2, 4), &choiceMemory{}))
	require.Equal(t, []uint32{0, 1}, state.allowed(setOf(numbering, 1, 3), &choiceMemory{}))
	require.Len(t, state.postings([]string{"text"})[0].list, int(state.rows))
	require.Empty(t, state.postings([]string{"2"})[0].list, "terms of deleted documents go")
	require.Len(t, old.allowed(setOf(numbering, 0, 1), &choiceMemory{}), 2, "who holds the old state sees the old state")
}
