package sync_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

const project = eyeshot.Object("project:s/p")

// inProject is what a ticket of the project says of its readers.
var inProject = []string{"project " + string(project), "open user:*"}

// fill puts tickets and members into the source.
func (w *world) fill(tickets, members int) {
	for i := range tickets {
		w.source.Put(fmt.Sprintf("%02d", i), fmt.Sprint("text ", i), inProject...)
	}
	w.members(members)
}

func (w *world) members(n int) {
	var all []eyeshot.Relationship
	for i := range n {
		all = append(all, connectortest.Rel(project, "viewer", eyeshot.Subject(fmt.Sprint("user:", i))))
	}
	w.source.SetAccess(all...)
}

func TestAFirstSyncTakesEverythingInAndTheNextOnlyWhatChanged(t *testing.T) {
	w := newWorld(t)
	w.fill(7, 3)
	fullAt := func() time.Time {
		at, err := w.syncer().FullAt(t.Context(), w.tenant, "s")
		require.NoError(t, err)
		return at
	}
	require.Zero(t, fullAt())
	report := w.run(sync.Content)
	first := w.now
	require.Equal(t, sync.Full, report.Mode)
	require.Equal(t, []int{7, 7, 7, 0, 17}, []int{report.Seen, report.Changed, report.Embedded, report.Unchanged, report.TuplesAdded})
	require.Positive(t, report.Requests)
	require.Equal(t, w.told(), w.relationships())

	w.source.Put("03", "another text", inProject...)
	w.source.Put("new", "a new one", "viewer user:2")
	w.source.Remove("05")
	report = w.run(sync.Content)
	require.Equal(t, sync.Content, report.Mode)
	require.Equal(t, []int{3, 2, 2, 1}, []int{report.Seen, report.Changed, report.Embedded, report.Deleted})
	require.Equal(t, w.told(), w.relationships())
	require.Len(t, w.content, 7)

	steps := w.steps
	report = w.run(sync.Content)
	require.Zero(t, report.Seen)
	require.Zero(t, report.TuplesAdded+report.TuplesRemoved)
	require.Less(t, w.steps-steps, 12, "a sync that finds nothing hardly writes")
	require.Equal(t, first, fullAt(), "when everything was last read")
}

func TestPermissionsAreReadWithoutContentAndEmbedNothing(t *testing.T) {
	w := newWorld(t)
	w.fill(5, 3)
	w.run(sync.Content)
	embedded, texts := w.embedded, w.texts()

	w.source.Share("02", "viewer user:9")
	w.source.Put("unknown", "not indexed yet", inProject...)
	w.members(2)
	before := w.relationships()
	report := w.run(sync.Permissions)
	require.Equal(t, sync.Permissions, report.Mode)
	require.Equal(t, embedded, w.embedded)
	require.Equal(t, texts, w.texts())
	require.Equal(t, []int{1, 3}, []int{report.TuplesAdded, report.TuplesRemoved}, "only what differs is written")
	require.Contains(t, w.relationships(), "ticket:s/02#viewer@user:9")
	require.NotContains(t, w.relationships(), "project:s/p#viewer@user:2")
	require.Len(t, before, len(w.relationships())+2)

	report = w.run(sync.Content)
	require.Equal(t, 1, report.Changed, "the unknown ticket comes with the next content")
	require.Equal(t, w.told(), w.relationships())
}

func TestAMembershipThatEndsIsOneTuple(t *testing.T) {
	w := newWorld(t)
	w.fill(40, 4)
	w.run(sync.Content)
	w.members(3)
	report := w.run(sync.Permissions)
	require.Equal(t, []int{0, 1}, []int{report.TuplesAdded, report.TuplesRemoved})
}

func TestWhatACompleteSnapshotDoesNotTellIsDeleted(t *testing.T) {
	w := newWorld(t)
	w.fill(8, 3)
	w.run(sync.Full)
	w.source.Remove("01")
	w.source.Remove("06")
	report := w.run(sync.Full)
	require.Equal(t, 2, report.Deleted)
	require.Len(t, w.content, 6)
	require.Equal(t, w.told(), w.relationships())
}

func TestWhatACompletePermissionReadingDoesNotTellLosesItsReaders(t *testing.T) {
	w := newWorld(t)
	w.fill(8, 3)
	w.run(sync.Full)
	w.source.Remove("01")
	require.Equal(t, 1, w.run(sync.Permissions).Deleted)
	require.Equal(t, w.told(), w.relationships())
}

// A snapshot that breaks at any request, in any way, deletes nothing.
func TestASnapshotThatDoesNotComeToItsEndDeletesNothing(t *testing.T) {
	for _, how := range []connectortest.Fault{connectortest.Failing, connectortest.Truncated, connectortest.Drift} {
		for n := 1; ; n++ {
			w := newWorld(t)
			w.fill(8, 3)
			w.run(sync.Full)
			before, texts := w.relationships(), w.texts()
			w.source.Break(n, how)
			_, err := w.try(sync.Full)
			w.source.Heal()
			if err == nil {
				require.Greater(t, n, 5, "it makes fewer requests than that")
				break
			}
			require.ErrorIs(t, err, eyeshot.ErrUnavailable)
			require.Equal(t, before, w.relationships(), "%s at request %d", how, n)
			require.Equal(t, texts, w.texts(), "%s at request %d", how, n)
			require.Zero(t, w.run(sync.Content).Deleted)
		}
	}
}

func TestAConnectorThatEndsQuietlyIsNotBelieved(t *testing.T) {
	for _, lie := range []connectortest.Lie{connectortest.EndsQuietly, connectortest.CutsAccess} {
		w := newWorld(t)
		w.fill(8, 3)
		w.run(sync.Full)
		w.source.Lie = lie
		before := w.relationships()
		ctx, cancel := contextOf(t)
		cancel()
		_, err := w.syncer().Run(ctx, sync.Source{Tenant: w.tenant, Name: "s", Connector: w.source.Connector()}, sync.Full, nil)
		require.Error(t, err)
		require.Equal(t, before, w.relationships())
	}
}

func TestAReadingThatStopsWithoutAWordIsAnErrorAndMovesNothingOn(t *testing.T) {
	for _, mode := range []sync.Mode{sync.Content, sync.Full, sync.Permissions} {
		w := newWorld(t)
		w.fill(8, 3)
		w.run(sync.Full)
		since := w.checkpoint("s/changes")
		w.source.Lie = connectortest.StopsEarly
		w.members(5)
		_, err := w.try(mode)
		require.ErrorIs(t, err, eyeshot.ErrUnavailable, mode)
		require.Equal(t, since, w.checkpoint("s/changes"), mode)
		require.NotContains(t, w.relationships(), "project:s/p#viewer@user:4", "what is wider waits for the end")
		require.Len(t, w.content, 8)
	}
}

// What was told to a snapshot that is begun again says nothing about what is
// there now.
func TestASnapshotThatBeginsAgainForgetsWhatTheBrokenOneSaw(t *testing.T) {
	w := newWorld(t)
	w.fill(40, 2)
	w.run(sync.Full)
	w.source.Break(18, connectortest.Failing)
	_, err := w.try(sync.Full)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	w.source.Heal()
	w.source.Remove("00") // which the broken one had seen
	require.NoError(t, w.state.SaveCheckpoint(t.Context(), w.tenant, "s/snapshot", "of another version"))
	require.Equal(t, 1, w.run(sync.Full).Deleted)
	require.Equal(t, w.told(), w.relationships())
}

func TestAnInterruptedSnapshotGoesOnAndStillDeletesWhatIsGone(t *testing.T) {
	w := newWorld(t)
	w.fill(40, 2)
	w.run(sync.Full)
	w.source.Remove("38")
	w.source.Break(18, connectortest.Failing)
	_, err := w.try(sync.Full)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	w.source.Heal()
	require.NotEmpty(t, w.checkpoint("s/snapshot"))
	report := w.run(sync.Content)
	require.True(t, report.Resumed)
	require.Less(t, report.Seen, 39, "what was told before is not told again")
	require.Equal(t, 1, report.Deleted)
	require.Empty(t, w.checkpoint("s/snapshot"))
	require.Equal(t, w.told(), w.relationships())
}

func TestACheckpointOfNoUseLeadsToASnapshot(t *testing.T) {
	w := newWorld(t)
	w.fill(4, 2)
	w.run(sync.Content)
	require.NoError(t, w.state.SaveCheckpoint(t.Context(), w.tenant, "s/changes", "of another version"))
	require.Equal(t, sync.Full, w.run(sync.Content).Mode)
	require.NoError(t, w.state.SaveCheckpoint(t.Context(), w.tenant, "s/snapshot", "of another version"))
	report := w.run(sync.Content)
	require.Equal(t, sync.Full, report.Mode)
	require.False(t, report.Resumed)
	require.Equal(t, 4, report.Seen)
}

func TestWhatIsNotUnderstoodIsReadableByNobodyAndListed(t *testing.T) {
	w := newWorld(t)
	w.fill(4, 2)
	w.run(sync.Content)
	w.source.Spoil("02")
	report := w.run(sync.Content)
	require.Equal(t, 1, report.Unreadable)
	require.Equal(t, eyeshot.Object("ticket:s/02"), report.Problems[0].Object)
	require.NotContains(t, fmt.Sprint(w.relationships()), "ticket:s/02#")
	require.Len(t, w.content, 3)
	report = w.run(sync.Full)
	require.Equal(t, []int{1, 0}, []int{report.Unreadable, report.Deleted}, "it is there, and no one reads it")
}

// A document that lost its readers because they were not understood has no
// content any more when they are, and no change of content to bring it.
func TestWhatIsUnderstoodAgainComesBackWithItsContent(t *testing.T) {
	w := newWorld(t)
	w.fill(6, 2)
	w.run(sync.Content)
	w.source.Share("03", "reader user:1")
	require.Equal(t, 1, w.run(sync.Permissions).Unreadable)
	require.Len(t, w.content, 5)
	w.source.Share("03", inProject...)
	require.Zero(t, w.run(sync.Permissions).Unreadable)
	require.Equal(t, sync.Full, w.run(sync.Content).Mode)
	require.Len(t, w.content, 6)
	require.Equal(t, w.told(), w.relationships())
	w.run(sync.Permissions)
	require.Equal(t, sync.Content, w.run(sync.Content).Mode)
}

// A document that only a reading of permissions missed, between two of content,
// comes back without a change of its content.
func TestWhatWasAwayBetweenTwoReadingsOfContentComesBack(t *testing.T) {
	w := newWorld(t)
	w.fill(6, 2)
	w.run(sync.Content)
	w.source.Hide("03")
	require.Equal(t, 1, w.run(sync.Permissions).Deleted)
	require.Len(t, w.content, 5)
	w.source.Show("03")
	w.run(sync.Content)
	w.run(sync.Permissions)
	w.run(sync.Content)
	require.Len(t, w.content, 6)
	require.Equal(t, w.told(), w.relationships())
	w.run(sync.Permissions)
	require.Equal(t, sync.Content, w.run(sync.Content).Mode)

	w.source.Hide("04")
	w.source.Spoil("05")
	w.run(sync.Permissions)
	require.Len(t, w.lost(), 2)
	w.run(sync.Full)
	require.Equal(t, []eyeshot.Object{"ticket:s/05"}, w.lost(), "a whole snapshot knows what is there")
}

func TestEverybodyTakesTheSourcesWordAndTheConfigurations(t *testing.T) {
	open := func(public bool) (*world, sync.Report) {
		w := newWorld(t)
		w.public = public
		w.fill(3, 2)
		w.source.Put("both", "x", "viewer user:*", "viewer user:1")
		w.source.Put("only", "x", "viewer user:*")
		w.source.SetAccess(append(w.source.Access(), connectortest.Rel(project, "viewer", "user:*"))...)
		return w, w.run(sync.Content)
	}
	w, report := open(false)
	require.NotContains(t, fmt.Sprint(w.relationships()), "viewer@user:*")
	require.Contains(t, w.relationships(), "ticket:s/00#open@user:*", "which opens nothing by itself")
	require.Contains(t, w.relationships(), "ticket:s/both#viewer@user:1")
	require.Equal(t, []int{3, 1}, []int{report.Public, report.Unreadable})

	w, report = open(true)
	require.Equal(t, w.told(), w.relationships())
	require.Zero(t, report.Public)
}

func TestASyncTouchesNothingThatIsNotItsOwn(t *testing.T) {
	w := newWorld(t)
	w.fill(3, 2)
	w.run(sync.Content)
	foreign := []eyeshot.Relationship{
		connectortest.Rel("ticket:s/01", "delegated_read", "delegation:1~a"), connectortest.Rel("ticket:s/01", "viewer", "user:shared"),
		connectortest.Rel(project, "task_read", "task:1"), connectortest.Rel("group:eng", "member", "user:x"),
	}
	for _, r := range foreign {
		w.tuples[r.Key()] = r
	}
	w.members(1)
	w.source.Remove("00")
	w.source.Share("01", "viewer user:7")
	w.run(sync.Permissions)
	w.run(sync.Full)
	for _, r := range foreign {
		require.Contains(t, w.relationships(), r.String())
	}
	require.Len(t, w.relationships(), len(w.told())+len(foreign))
}
