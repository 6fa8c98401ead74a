package authzsync_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/memfga"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/worlds"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
)

// Whatever the model, a document that gets other readers is named.
func TestADocumentWhoseReadersChangeIsBehindWhateverTheModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		model := worlds.Model(rt, worlds.Features{Conditions: true, Subtraction: true})
		documents := rapid.SampledFrom([][]string{{worlds.Doc}, {worlds.Doc, worlds.Folder}, {worlds.Doc, worlds.Folder, worlds.Group}}).Draw(rt, "document types")
		relation := rapid.SampledFrom(worlds.Refs(model)[worlds.Doc]).Draw(rt, "relation")
		source := memfga.New(model)
		index := open(t, source, authzsync.Options{DocumentTypes: documents})
		k := authzsync.NewKeeper(index, store.NewService(reference.New(), nil), authzsync.KeeperOptions{Tenant: "acme", Relations: map[string]string{worlds.Doc: relation}})
		writer := authzsync.NewWriter(source, index)
		for range rapid.IntRange(1, 25).Draw(rt, "changes") {
			require.NoError(rt, k.Sync(t.Context()))
			before := index.View()
			writes, deletes := someChanges(rt, model)
			require.NoError(rt, writer.Write(t.Context(), writes, deletes))
			behind, _ := k.Behind()
			for _, object := range worlds.Objects(worlds.Doc) {
				was, is := before.Readers(object, relation), index.View().Readers(object, relation)
				if !slices.Equal(was, is) && !slices.Contains(behind, object) {
					rt.Fatalf("%s had the readers %v, and has %v after %v were written and %v deleted; behind are %v", object, was, is, writes, deletes, behind)
				}
			}
		}
	})
}

// someChanges draws relationships to write and to delete, each once.
func someChanges(rt *rapid.T, model *authz.Model) (writes, deletes []eyeshot.Relationship) {
	seen := map[eyeshot.RelationshipKey]bool{}
	for range rapid.IntRange(1, 3).Draw(rt, "at once") {
		r, ok := worlds.Tuple(rt, model)
		switch {
		case !ok || seen[r.Key()]:
		case rapid.IntRange(0, 2).Draw(rt, "delete") == 0:
			deletes = append(deletes, r)
		default:
			writes = append(writes, r)
		}
		seen[r.Key()] = true
	}
	return writes, deletes
}

func TestADocumentOfVeryManyReadersIsReadByThoseWhoComeLater(t *testing.T) {
	k := keep(t)
	for i := range 6 {
		k.write(fmt.Sprintf("ticket:a/1#viewer@group:g%d#member", i))
	}
	k.upsert("ticket:a/1")
	k.sync()
	k.write("group:g0#member@user:alice")
	require.Empty(t, k.behind())
	require.Contains(t, allowed(k.index, "user:alice", "can_read", "ticket"), eyeshot.Object("ticket:a/1"))
	readers, memberships := k.held("ticket:a/1"), k.index.View().Memberships("user:alice")
	require.True(t, slices.ContainsFunc(memberships, func(s eyeshot.Subject) bool { return slices.Contains(readers, s) }), "%v and %v do not meet", readers, memberships)
}

func TestAViewTellsWhenReadersOvertookIt(t *testing.T) {
	k := keep(t, "ticket:a/1#viewer@user:bob", "ticket:a/2#viewer@user:bob")
	k.upsert("ticket:a/1", "ticket:a/2")
	k.sync()
	set := func(view authzsync.ReadersView) store.DocumentSet {
		ordinal, known := view.Numbering().Ordinal("ticket:a/1")
		require.True(t, known)
		return store.NewDocumentSet(view.Numbering(), map[string]*roaring.Bitmap{"ticket": roaring.BitmapOf(ordinal)})
	}
	view := k.keeper.View()
	k.write("ticket:a/2#viewer@user:alice", "group:g#member@user:bob")
	k.sync()
	require.False(t, view.Overtaken(set(view)), "it is another document, and a membership")
	k.write("ticket:a/1#viewer@user:alice")
	require.True(t, view.Overtaken(set(view)))
	require.False(t, k.keeper.View().Overtaken(set(view)), "this one names it as behind")
	k.sync()
	require.True(t, view.Overtaken(set(view)), "whether or not it was written meanwhile")
	view = k.keeper.View()
	for i := range 5000 {
		k.write(fmt.Sprintf("ticket:b/%d#viewer@user:alice", i))
	}
	require.True(t, view.Overtaken(set(view)), "more changes than are remembered")
	k.sync()
	view = k.keeper.View()
	require.False(t, view.Overtaken(set(view)))
	k.store.SetModel(shipped(t))
	k.poll()
	require.True(t, view.Overtaken(set(view)), "a new model may change any")
}

func TestAStreamOfChangesDoesNotKeepAKeeperFromGoingThroughTheStore(t *testing.T) {
	k := keep(t, "ticket:a/1#viewer@user:bob")
	k.upsert("ticket:a/1")
	k.sync()
	n, ready := 0, false
	k.documents.hold = func() {
		switch n++; {
		case n == 1:
			k.store.SetModel(shipped(t))
			k.poll()
		case n == 20:
			_, ready = k.keeper.Behind()
		}
		if n < 20 { // there is always more to tell
			k.write(fmt.Sprintf("ticket:b/%d#viewer@user:alice", n))
		}
	}
	k.write("ticket:a/1#viewer@user:alice")
	k.sync()
	require.True(t, ready, "only when nothing was left to tell")
}

func TestAViewNamesNoMoreThanASearchCanUse(t *testing.T) {
	k := keep(t)
	k.sync()
	var lines []string
	for i := range 1500 {
		lines = append(lines, fmt.Sprintf("ticket:a/%d#viewer@user:alice", i))
	}
	k.write(lines...)
	documents, ready := k.keeper.View().Behind()
	require.Empty(t, documents)
	require.False(t, ready, "it may be any, as far as the search is concerned")
	require.Len(t, k.behind(), 1500)
	k.sync()
	_, ready = k.keeper.View().Behind()
	require.True(t, ready)
}
