package storetest

import (
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func routeTests() []test {
	return []test{
		{"EveryWayGivesTheSameLists", everyWay},
		{"NoWayShowsMoreThanTheAccess", noWayShowsMore},
		{"ADocumentIsFoundWhileItsReadersAreBehind", behind},
		{"ReadersThatAreReplacedCountAtOnce", replacedReaders},
		{"AnUpsertReplacesReaders", func(h *harness) {
			h.upsert(readBy("ticket:a/1", "group:a#member"))
			h.upsert(readBy("ticket:a/1", "group:b#member"))
			require.Empty(h, h.along(store.Route{Way: store.Filtered, Memberships: []eyeshot.Subject{"group:a#member"}}, "ticket:a/1"))
			require.NotEmpty(h, h.along(store.Route{Way: store.Filtered, Memberships: []eyeshot.Subject{"group:b#member"}}, "ticket:a/1"))
		}},
		{"ReadersOfAnAbsentDocumentAreNoError", func(h *harness) {
			h.setReaders("ticket:a/absent", "user:alice")
			_, err := h.Document(h.ctx(), acme, "ticket:a/absent")
			require.ErrorIs(h, err, eyeshot.ErrNotFound)
			require.NoError(h, h.SetReaders(h.ctx(), "nobody's", []store.DocumentReaders{{Object: "ticket:a/1"}}))
		}},
		{"ReadersStayWithTheirTenant", func(h *harness) {
			require.NoError(h, h.Prepare(h.ctx(), other, testModel()))
			h.upsert(readBy("ticket:a/1", "user:alice"))
			require.NoError(h, h.SetReaders(h.ctx(), other, []store.DocumentReaders{{Object: "ticket:a/1", Readers: []eyeshot.Subject{"user:bob"}}}))
			require.NotEmpty(h, h.along(store.Route{Way: store.Filtered, Memberships: []eyeshot.Subject{"user:alice"}}, "ticket:a/1"))
		}},
		{"AsManyMembershipsAsSomebodyHas", manyMemberships},
		{"ReadersAreListedInOrder", readersAreListed},
	}
}

// needReaders skips what a driver without readers has nothing to show for.
func (h *harness) needReaders() {
	if !h.Capabilities().Readers {
		h.Skip("this driver keeps no readers: it filters by the access itself")
	}
}

func readBy(object eyeshot.Object, readers ...eyeshot.Subject) store.Record {
	record := document(object, along(1))
	record.Readers = readers
	return record
}

func (h *harness) setReaders(object eyeshot.Object, readers ...eyeshot.Subject) {
	h.Helper()
	require.NoError(h, h.SetReaders(h.ctx(), acme, []store.DocumentReaders{{Object: object, Readers: readers}}))
}

// along returns the documents that a search on the route finds, access being to
// the objects.
func (h *harness) along(route store.Route, objects ...eyeshot.Object) []eyeshot.Object {
	h.Helper()
	if route.Way == store.Filtered {
		h.needReaders()
	}
	return h.reach(NewNumbering().Access(objects...).By(route))
}

// everyWay runs the same searches on all ways of the driver, in worlds where
// few, some and all documents are allowed.
func everyWay(h *harness) {
	var all []store.Record
	for i := range 120 {
		record := wordy(i, 1)
		record.Readers = []eyeshot.Subject{eyeshot.Subject(fmt.Sprintf("group:g%d#member", i%10))}
		all = append(all, record)
	}
	h.upsert(all...)
	numbering := NewNumbering()
	for _, groups := range []int{1, 5, 10} {
		var mine []eyeshot.Object
		var memberships []eyeshot.Subject
		for g := range groups {
			memberships = append(memberships, eyeshot.Subject(fmt.Sprintf("group:g%d#member", g)))
		}
		for i, record := range all {
			if i%10 < groups && i != 7 { // one that the coarse filter lets through, and the access does not
				mine = append(mine, record.Object)
			}
		}
		h.sameOnAllWays(numbering.Access(mine...), memberships)
	}
}

func (h *harness) sameOnAllWays(access store.Access, memberships []eyeshot.Subject) {
	h.Helper()
	for _, query := range []store.Query{
		{Vector: vector(1, 2, 3, 4)}, {Text: "w1 w4"}, {Vector: vector(2), Text: "w2 w3"},
	} {
		query.Access = access.By(store.Route{Way: store.Exact})
		want := h.answers(query)
		for _, way := range append(h.Capabilities().Ways, store.Any) {
			query.Access = access.By(store.Route{Way: way, Memberships: memberships})
			require.Equal(h, want, h.answers(query), "%s, %d allowed", way, access.Documents().Len())
		}
	}
}

func (h *harness) answers(query store.Query) [][]store.Hit {
	h.Helper()
	lists := h.search(query)
	var all [][]store.Hit
	for _, cursor := range []store.Cursor{lists.Semantic, lists.Keyword} {
		if cursor != nil {
			all = append(all, h.drain(cursor, 9))
		}
	}
	return all
}

// noWayShowsMore gives the coarse filter everything, and the access next to
// nothing.
func noWayShowsMore(h *harness) {
	var refs []eyeshot.ChunkRef
	for i := range 40 {
		h.upsert(readBy(numbered(i), "user:*"))
		refs = append(refs, ref(numbered(i), 0))
	}
	access := NewNumbering().Access(numbered(3))
	for _, way := range append(h.Capabilities().Ways, store.Any) {
		route := store.Route{Way: way, Memberships: []eyeshot.Subject{"user:*"}, Behind: []eyeshot.Object{numbered(3), numbered(5)}}
		require.Equal(h, []eyeshot.Object{numbered(3)}, h.reach(access.By(route)), way)
		require.Empty(h, h.reach(store.Access{}.By(route)), way)
		require.Empty(h, h.reach(NewNumbering().Access().By(route)), way)
		lists := h.search(store.Query{Vector: vector(1), Access: access.By(route)})
		scores, err := lists.Semantic.Scores(h.ctx(), refs)
		require.NoError(h, err)
		for i, score := range scores {
			require.Equal(h, i == 3, score > 0, "%s: the score of %v", way, refs[i])
		}
	}
}

// behind: the store's readers don't know yet who may read a document.
func behind(h *harness) {
	h.upsert(readBy("ticket:a/1", "user:bob"), readBy("ticket:a/2"), readBy("ticket:a/3", "user:alice"))
	route := store.Route{Way: store.Filtered, Memberships: []eyeshot.Subject{"user:alice"}, Behind: []eyeshot.Object{"ticket:a/1", "ticket:a/2", "ticket:a/9"}}
	require.Equal(h, []eyeshot.Object{"ticket:a/1", "ticket:a/2", "ticket:a/3"}, h.along(route, "ticket:a/1", "ticket:a/2", "ticket:a/3"))
	require.Equal(h, []eyeshot.Object{"ticket:a/2"}, h.along(route, "ticket:a/2"), "what is behind is not allowed for that")
	route.Memberships = nil
	require.Equal(h, []eyeshot.Object{"ticket:a/1"}, h.along(route, "ticket:a/1", "ticket:a/3"))
}

func replacedReaders(h *harness) {
	h.upsert(readBy("ticket:a/1", "user:alice"), readBy("ticket:a/2", "user:alice", "group:g#member"))
	before, err := h.Document(h.ctx(), acme, "ticket:a/1")
	require.NoError(h, err)
	alice := store.Route{Way: store.Filtered, Memberships: []eyeshot.Subject{"user:alice", "user:carol"}}
	require.Len(h, h.along(alice, "ticket:a/1", "ticket:a/2"), 2)
	h.setReaders("ticket:a/1", "user:bob")
	require.Equal(h, []eyeshot.Object{"ticket:a/2"}, h.along(alice, "ticket:a/1", "ticket:a/2"))
	h.setReaders("ticket:a/2")
	require.Empty(h, h.along(alice, "ticket:a/1", "ticket:a/2"))
	h.setReaders("ticket:a/1", "user:carol", "user:alice", "user:carol")
	require.Equal(h, []eyeshot.Object{"ticket:a/1"}, h.along(alice, "ticket:a/1", "ticket:a/2"))
	after, err := h.Document(h.ctx(), acme, "ticket:a/1")
	require.NoError(h, err)
	require.Empty(h, sameRecord(before, after), "readers are all that changed")
	h.reopen()
	require.Equal(h, []eyeshot.Object{"ticket:a/1"}, h.along(alice, "ticket:a/1", "ticket:a/2"))
}

func manyMemberships(h *harness) {
	h.upsert(readBy("ticket:a/1", "group:g9000#member"), readBy("ticket:a/2", "group:other#member"))
	var memberships []eyeshot.Subject
	for i := range 10_000 {
		memberships = append(memberships, eyeshot.Subject(fmt.Sprintf("group:g%d#member", i)))
	}
	slices.Sort(memberships)
	route := store.Route{Way: store.Filtered, Memberships: memberships}
	require.Equal(h, []eyeshot.Object{"ticket:a/1"}, h.along(route, "ticket:a/1", "ticket:a/2"))
}

func readersAreListed(h *harness) {
	h.needReaders()
	for i := range 25 {
		h.upsert(readBy(numbered(i), "user:alice", eyeshot.Subject(fmt.Sprintf("group:g%d#member", i))))
	}
	var all []store.DocumentReaders
	for after := eyeshot.Object(""); ; after = all[len(all)-1].Object {
		page, err := h.Readers(h.ctx(), acme, after, 10)
		require.NoError(h, err)
		all = append(all, page...)
		if len(page) < 10 {
			break
		}
	}
	require.Len(h, all, 25)
	for i, one := range all {
		require.Equal(h, numbered(i), one.Object)
		require.Equal(h, []eyeshot.Subject{eyeshot.Subject(fmt.Sprintf("group:g%d#member", i)), "user:alice"}, one.Readers)
	}
	none, err := h.Readers(h.ctx(), "nobody's", "", 10)
	require.NoError(h, err)
	require.Empty(h, none)
}
