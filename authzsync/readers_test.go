package authzsync_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
)

const wiki = `
	group:eng#member@user:alice
	group:all#member@group:eng#member
	project:jira/PAY#viewer@group:all#member
	ticket:jira/PAY-1#project@project:jira/PAY
	ticket:jira/PAY-1#open@user:*
	ticket:jira/PAY-1#reporter@user:bob
	ticket:jira/PAY-2#project@project:jira/PAY
	ticket:jira/PAY-2#level@security_level:jira/secret
	comment:jira/PAY-1/1#ticket@ticket:jira/PAY-1
	comment:jira/PAY-1/1#everyone@user:*
	folder:wiki/a#project@project:jira/PAY
	folder:wiki/b#parent@folder:wiki/a
	document:wiki/b/page#parent@folder:wiki/b
`

const wikiModel = `
model
  schema 1.1
type user
type delegation
type task
type group
  relations
    define member: [user, group#member]
type project
  relations
    define admin: [user]
    define viewer: [user, group#member]
    define can_browse: viewer or admin
    define delegated_read: [delegation, delegation with unexpired]
type security_level
  relations
    define cleared: [user, group#member]
type ticket
  relations
    define project: [project]
    define level: [security_level]
    define open: [user:*]
    define reporter: [user]
    define clear: open or cleared from level
    define can_read: (can_browse from project and clear) or reporter or admin from project
    define delegated_read: delegated_read from project
type comment
  relations
    define ticket: [ticket]
    define everyone: [user:*]
    define can_read: can_read from ticket and everyone
type folder
  relations
    define parent: [folder]
    define project: [project]
    define viewer: [user] or viewer from parent or can_browse from project
type document
  relations
    define parent: [folder]
    define can_read: viewer from parent
    define task_read: [task]
condition unexpired(current_time: timestamp, expires_at: timestamp) {
  current_time < expires_at
}
`

func documented(t *testing.T) *tail {
	t.Helper()
	f := follow(t, wiki)
	f.store.SetModel(parse(t, wikiModel))
	f.index = open(t, f.store, authzsync.Options{Clock: f.clock, DocumentTypes: []string{"ticket", "comment", "document"}})
	return f
}

func TestReadersNameWhatADocumentHangsOnOneStepUp(t *testing.T) {
	f := documented(t)
	tests := map[eyeshot.Object][]eyeshot.Subject{
		"ticket:jira/PAY-1":    {"project:jira/PAY#admin", "project:jira/PAY#can_browse", "user:bob"},
		"ticket:jira/PAY-2":    {"project:jira/PAY#admin", "project:jira/PAY#can_browse"},
		"document:wiki/b/page": {"folder:wiki/b#viewer"},
		// a comment's readers are those of its ticket: a ticket is a document
		"comment:jira/PAY-1/1": {"project:jira/PAY#admin", "project:jira/PAY#can_browse", "user:bob"},
		"ticket:jira/PAY-404":  nil,
		"user:alice":           nil,
	}
	for object, want := range tests {
		require.Equal(t, want, f.index.View().Readers(object, "can_read"), object)
	}
}

func TestMembershipsNameTheSetsThatReadersMayName(t *testing.T) {
	f := documented(t)
	want := []eyeshot.Subject{
		"folder:wiki/a#viewer", "folder:wiki/b#viewer",
		"project:jira/PAY#can_browse", "user:*", "user:alice",
	}
	require.Equal(t, want, f.index.View().Memberships("user:alice"))
	require.Equal(t, []eyeshot.Subject{"user:*", "user:stranger"}, f.index.View().Memberships("user:stranger"))
	require.Empty(t, f.index.View().Memberships("nobody"))
}

func TestAMembershipThatChangesChangesNoReaders(t *testing.T) {
	f := documented(t)
	before := f.index.View().Readers("ticket:jira/PAY-1", "can_read")
	f.delete(alice)
	require.Equal(t, before, f.index.View().Readers("ticket:jira/PAY-1", "can_read"))
	require.NotContains(t, f.index.View().Memberships("user:alice"), eyeshot.Subject("project:jira/PAY#can_browse"))
}

func TestWhatTheModelDoesNotHaveReachesNothing(t *testing.T) {
	f := documented(t)
	for _, q := range [][3]string{
		{"user:alice", "can_read", "spaceship"}, {"user:alice", "can_fly", "ticket"}, {"user:alice", "", ""},
		{"", "can_read", "ticket"}, {"alice", "can_read", "ticket"}, {"group:eng#captain", "can_read", "ticket"}, {"user:*#x", "can_read", "ticket"},
	} {
		lower, upper := f.index.View().Allowed(eyeshot.Subject(q[0]), q[1], q[2])
		require.True(t, lower.IsEmpty(), q)
		require.True(t, upper.IsEmpty(), q)
	}
}

func TestADelegationIsEvaluatedAsAnySubjectIs(t *testing.T) {
	f := documented(t)
	f.write(`project:jira/PAY#delegated_read@delegation:alice~bot with unexpired {"expires_at":"2030-01-01T00:00:00Z"}`)
	f.write("document:wiki/b/page#task_read@task:t1")
	lower, upper := f.index.View().Allowed("delegation:alice~bot", "delegated_read", "ticket")
	require.True(t, lower.IsEmpty(), "whether the grant has expired is for the gate to say")
	require.Equal(t, uint64(2), upper.GetCardinality())
	lower, upper = f.index.View().Allowed("task:t1", "task_read", "document")
	require.Equal(t, uint64(1), lower.GetCardinality())
	require.Equal(t, uint64(1), upper.GetCardinality())
}
