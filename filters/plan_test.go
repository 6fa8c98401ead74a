package filters_test

import (
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

// counted is a reach of so many documents, and of readers that a test sets.
type counted struct {
	allowed, total int
	memberships    []eyeshot.Subject
	behind         []eyeshot.Object
	ready          bool
	listed         *int // how often memberships were listed
	overtaken      bool
}

func (c counted) Allowed(eyeshot.Subject, string, string) (lower, upper *roaring.Bitmap) {
	all := roaring.New()
	all.AddRange(0, uint64(c.allowed))
	return all, all
}
func (c counted) Total(string) int                 { return c.total }
func (c counted) Numbering() store.Numbering       { return storetest.NewNumbering() }
func (c counted) AsOf() time.Time                  { return time.Time{} }
func (c counted) Behind() ([]eyeshot.Object, bool) { return c.behind, c.ready }
func (c counted) Overtaken(store.DocumentSet) bool { return c.overtaken }
func (c counted) Memberships(eyeshot.Subject) []eyeshot.Subject {
	if c.listed != nil {
		*c.listed++
	}
	return c.memberships
}

// remote is a store like those across a network: ids cost by the piece, an
// index under a filter costs the same for all, one without a filter is quickest
// for those who may read nearly everything.
func remote() store.Capabilities {
	return store.Capabilities{
		Name: "remote", Ways: []store.Way{store.Exact, store.Filtered, store.Unfiltered}, Readers: true, Approximate: true,
		MaxExact: 5000, MaxMemberships: 3,
		Costs: store.Costs{
			store.Exact:      {Fixed: 500_000, PerAllowed: 2_000},
			store.Filtered:   {Fixed: 3_000_000, PerMembership: 10_000},
			store.Unfiltered: {Fixed: 1_000_000, PerVisited: 100_000},
		},
	}
}

func plan(t *testing.T, planner filters.Planner, reach filters.Reach) (store.Access, filters.Plan) {
	t.Helper()
	policy := filters.Policy{"ticket": {Read: "r", Delegated: "d", Task: "t"}}
	scope, err := filters.NewScope(policy, alice, reach)
	require.NoError(t, err)
	return planner.Plan(scope, alice, reach, 10)
}

func TestThePlanFollowsHowMuchIsAllowed(t *testing.T) {
	planner := filters.NewPlanner(remote(), nil)
	for _, one := range []struct {
		allowed int
		want    string
	}{
		{0, "none"}, {1, "exact"}, {9, "exact"}, {10, "exact"}, {11, "exact"},
		{1000, "exact"}, {2000, "filtered"}, {6000, "filtered"}, {49_000, "filtered"},
		{80_000, "unfiltered"}, {99_999, "unfiltered"}, {100_000, "unfiltered"},
	} {
		reach := counted{allowed: one.allowed, total: 100_000, ready: true, memberships: []eyeshot.Subject{"user:alice"}}
		access, plan := plan(t, planner, reach)
		require.Equal(t, one.want, plan.Name(), "%d allowed", one.allowed)
		require.Equal(t, plan.Way, access.Route().Way)
		require.Equal(t, one.allowed, access.Documents().Len(), "a plan widens and narrows nothing")
		require.Equal(t, plan.Considered[plan.Way], plan.Estimate)
		require.Equal(t, 100_000, plan.Load.Documents)
	}
}

func TestAPlanGoesByReadersOnlyWhereTheyAreInStep(t *testing.T) {
	planner := filters.NewPlanner(remote(), nil)
	reach := counted{allowed: 20_000, total: 100_000, ready: true, memberships: []eyeshot.Subject{"group:g#member", "user:alice"}, behind: []eyeshot.Object{"ticket:a/1"}}
	access, chosen := plan(t, planner, reach)
	require.Equal(t, "filtered", chosen.Name())
	require.Equal(t, store.Route{Way: store.Filtered, Memberships: reach.memberships, Behind: reach.behind}, access.Route())
	require.Equal(t, 3, chosen.Load.Memberships)

	notReady := reach
	notReady.ready = false
	_, chosen = plan(t, planner, notReady)
	require.Equal(t, "unfiltered", chosen.Name())

	tooMany := reach
	tooMany.behind = make([]eyeshot.Object, 1001)
	_, chosen = plan(t, planner, tooMany)
	require.Equal(t, "unfiltered", chosen.Name())

	tooWide := reach
	tooWide.memberships = make([]eyeshot.Subject, 4)
	_, chosen = plan(t, planner, tooWide)
	require.Equal(t, "unfiltered", chosen.Name(), "more memberships than the store takes")

	_, chosen = plan(t, planner, unread{reach})
	require.Equal(t, "unfiltered", chosen.Name(), "nobody keeps the readers")
}

// unread is a reach that knows nothing of readers.
type unread struct{ filters.Reach }

func TestMembershipsAreNotListedForAPlanThatCannotWin(t *testing.T) {
	listed := 0
	reach := counted{allowed: 10, total: 100_000, ready: true, listed: &listed}
	_, chosen := plan(t, filters.NewPlanner(remote(), nil), reach)
	require.Equal(t, "exact", chosen.Name())
	require.Zero(t, listed)
}

func TestMeasuredCostsReplaceThoseThatAreBuiltIn(t *testing.T) {
	reach := counted{allowed: 10, total: 100_000, ready: true, memberships: []eyeshot.Subject{"user:alice"}}
	measured := store.Costs{store.Exact: {Fixed: 1e9}}
	_, chosen := plan(t, filters.NewPlanner(remote(), measured), reach)
	require.Equal(t, "filtered", chosen.Name())
	require.Equal(t, time.Second, chosen.Considered[store.Exact])
	require.Equal(t, 3_010_000*time.Nanosecond, chosen.Estimate, "those that were not measured stay")
}

func TestAStoreThatFiltersByTheBitmapNeedsNoReaders(t *testing.T) {
	capabilities := remote()
	capabilities.Readers = false
	access, chosen := plan(t, filters.NewPlanner(capabilities, nil), unread{counted{allowed: 20_000, total: 100_000}})
	require.Equal(t, "filtered", chosen.Name())
	require.Empty(t, access.Route().Memberships)
}

func TestWithoutAnyOpenWayTheStoreChooses(t *testing.T) {
	capabilities := remote()
	capabilities.Ways = []store.Way{store.Exact}
	access, chosen := plan(t, filters.NewPlanner(capabilities, nil), counted{allowed: 5001, total: 5001})
	require.Equal(t, "any", chosen.Name())
	require.Equal(t, store.Any, access.Route().Way)
	_, chosen = plan(t, filters.Planner{}, counted{allowed: 1, total: 1})
	require.Equal(t, "any", chosen.Name())
}

func TestASearchThatReadersOvertookGoesAnotherWay(t *testing.T) {
	reach := counted{allowed: 3000, total: 10_000, memberships: []eyeshot.Subject{"group:a#member"}, ready: true}
	planner := filters.NewPlanner(remote(), nil)
	access, before := plan(t, planner, reach)
	require.Equal(t, "filtered", before.Name())
	same, unchanged, again := planner.Overtaken(access, before, reach)
	require.False(t, again)
	require.Equal(t, access, same)
	require.Equal(t, before, unchanged)

	reach.overtaken = true
	other, after, again := planner.Overtaken(access, before, reach)
	require.True(t, again)
	require.Equal(t, access.Documents(), other.Documents())
	require.Equal(t, store.Route{Way: after.Way}, other.Route(), "without memberships")
	require.Equal(t, "unfiltered", after.Name(), "the next in cost")
	require.NotContains(t, after.Considered, store.Filtered)
	require.Contains(t, before.Considered, store.Filtered, "what was told of the first plan stays")
	_, _, again = planner.Overtaken(other, after, reach)
	require.False(t, again, "the way that it takes now is none that readers decide")
}
