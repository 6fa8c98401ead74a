package authzsync_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

// saved is an index with a snapshot of payWorld.
func saved(t *testing.T) (*tail, authzsync.Options) {
	t.Helper()
	f := follow(t, payWorld)
	options := authzsync.Options{Clock: f.clock, Snapshot: filepath.Join(t.TempDir(), "index")}
	f.index = open(t, f.store, options)
	require.NoError(t, f.index.Close())
	return f, options
}

// reopen opens the index and reports whether it read all relationships anew.
func (f *tail) reopen(options authzsync.Options) (readAll bool) {
	f.Helper()
	before := f.store.Reads()
	f.index = open(f.T, f.store, options)
	return f.store.Reads() > before
}

func TestAnIndexStartsFromItsSnapshotWithTheLogOnTop(t *testing.T) {
	f, options := saved(t)
	f.elsewhere("security_level:jira/secret#cleared@user:alice")
	f.elsewhereDelete("ticket:jira/PAY-3#viewer@user:bob")
	require.False(t, f.reopen(options))
	require.Len(t, allowed(f.index, "user:alice", "can_read", "ticket"), 2)
	require.Empty(t, allowed(f.index, "user:bob", "can_read", "ticket"))
}

func TestASnapshotServesANewModel(t *testing.T) {
	f, options := saved(t)
	f.store.SetModel(parse(t, "model\n  schema 1.1\ntype user\ntype ticket\n  relations\n    define viewer: [user]\n    define seen: viewer\n"))
	require.False(t, f.reopen(options))
	require.Len(t, allowed(f.index, "user:bob", "seen", "ticket"), 1)
}

func TestADamagedSnapshotIsNotTrusted(t *testing.T) {
	f, options := saved(t)
	whole, err := os.ReadFile(options.Snapshot)
	require.NoError(t, err)
	damages := map[string][]byte{
		"empty":     {},
		"cut":       whole[:len(whole)-1],
		"cut short": whole[:40],
		"longer":    append(bytes.Clone(whole), 0),
		"other":     bytes.Replace(whole, []byte("version 1"), []byte("version 2"), 1),
	}
	for i := range 20 {
		flipped := bytes.Clone(whole)
		flipped[i*len(whole)/20] ^= 0x10
		damages[string(rune('a'+i))] = flipped
	}
	for name, damaged := range damages {
		require.NoError(t, os.WriteFile(options.Snapshot, damaged, 0o600))
		require.True(t, f.reopen(options), "%s: it was trusted", name)
		require.Len(t, allowed(f.index, "user:alice", "can_read", "ticket"), 1, name)
	}
}

func TestASnapshotOfAnotherStoreIsDiscarded(t *testing.T) {
	f, options := saved(t)
	f.store.Recreate(shipped(t))
	f.elsewhere(bob)
	require.True(t, f.reopen(options))
	require.Empty(t, allowed(f.index, "user:alice", "can_read", "ticket"))
	require.True(t, f.has(bob))
}

func TestASnapshotWhosePlaceInTheLogIsGoneIsDiscarded(t *testing.T) {
	f, options := saved(t)
	f.store.Rewind(2) // restored from a backup, as it were
	f.elsewhere("group:eng#member@user:carol", "group:eng#member@user:dave")
	require.True(t, f.reopen(options))
}

func TestAWriteThatCommitsLateIsSeenAfterARestart(t *testing.T) {
	f := follow(t, payWorld)
	options := authzsync.Options{Clock: f.clock, Snapshot: filepath.Join(t.TempDir(), "index")}
	f.index = open(t, f.store, options)
	commit := f.store.Begin(nil, authztest.Tuples(t, "ticket:jira/PAY-3#viewer@user:bob"))
	f.elsewhere("group:ops#member@user:carol")
	f.poll()
	require.NoError(t, f.index.Close())
	commit()
	require.False(t, f.reopen(options))
	require.Empty(t, allowed(f.index, "user:bob", "can_read", "ticket"))
}

func TestASnapshotIsReadableByItsOwnerOnly(t *testing.T) {
	_, options := saved(t)
	info, err := os.Stat(options.Snapshot)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	others, err := os.ReadDir(filepath.Dir(options.Snapshot))
	require.NoError(t, err)
	require.Len(t, others, 1, "a temporary file was left behind")
}

func TestASnapshotThatCantBeWrittenIsAnErrorAndNothingElse(t *testing.T) {
	f := follow(t, alice)
	f.index = open(t, f.store, authzsync.Options{Clock: f.clock, Snapshot: "/nowhere/at/all/index"})
	require.Error(t, f.index.Save(t.Context()))
	require.True(t, f.has(alice))
}

func TestAnIndexThatIsInDoubtIsNotSaved(t *testing.T) {
	f, options := saved(t)
	f.index = open(t, f.store, options)
	writer := authzsync.NewWriter(lossyTarget{f.store}, f.index)
	require.Error(t, writer.Write(t.Context(), authztest.Tuples(t, bob), nil))
	require.Error(t, f.index.Save(t.Context()), "what became of the write nobody knows yet")
	f.poll()
	require.NoError(t, f.index.Save(t.Context()))
	require.False(t, f.reopen(options))
	require.True(t, f.has(bob))
}
