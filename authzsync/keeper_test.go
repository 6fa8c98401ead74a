package authzsync_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
)

var documentTypes = []string{"ticket", "comment", "document"}

// kept is an index with a store whose readers are kept in step with it.
type kept struct {
	*tail
	documents *counting
	keeper    *authzsync.Keeper
}

// counting is a store that counts the documents whose readers are set, and can
// be made to fail.
type counting struct {
	store.Driver
	mu   sync.Mutex
	set  int
	fail error
	// hold, where it is set, is called before readers are written.
	hold func()
}

func (c *counting) SetReaders(ctx context.Context, tenant string, readers []store.DocumentReaders) error {
	c.mu.Lock()
	fail, hold := c.fail, c.hold
	if fail == nil {
		c.set += len(readers)
	}
	c.mu.Unlock()
	if hold != nil {
		hold()
	}
	if fail != nil {
		return fail
	}
	return c.Driver.SetReaders(ctx, tenant, readers)
}

func keep(t *testing.T, lines ...string) *kept {
	t.Helper()
	f := follow(t, lines...)
	f.index = open(t, f.store, authzsync.Options{Clock: f.clock, DocumentTypes: documentTypes})
	return keepOn(t, f)
}

func keepOn(t *testing.T, f *tail) *kept {
	t.Helper()
	k := &kept{tail: f, documents: &counting{Driver: store.NewService(reference.New(), nil)}}
	require.NoError(t, k.documents.Prepare(t.Context(), "acme", store.EmbeddingModel{Name: "m", Dimension: 1}))
	k.keeper = k.newKeeper()
	return k
}

func (k *kept) newKeeper() *authzsync.Keeper {
	relations := map[string]string{}
	for _, typ := range documentTypes {
		relations[typ] = "can_read"
	}
	return authzsync.NewKeeper(k.index, k.documents, authzsync.KeeperOptions{Tenant: "acme", Relations: relations, Lot: 3, MaxReaders: 5})
}

func (k *kept) upsert(objects ...eyeshot.Object) {
	k.Helper()
	for _, object := range objects {
		require.NoError(k, k.keeper.Upsert(k.Context(), []store.Record{{Object: object, Hash: "h"}}))
	}
}

func (k *kept) sync() {
	k.Helper()
	require.NoError(k, k.keeper.Sync(k.Context()))
	behind, ready := k.keeper.Behind()
	require.Empty(k, behind)
	require.True(k, ready)
}

// held returns the readers that the store has.
func (k *kept) held(object eyeshot.Object) []eyeshot.Subject {
	k.Helper()
	all, err := k.documents.Readers(k.Context(), "acme", "", 1000)
	require.NoError(k, err)
	for _, one := range all {
		if one.Object == object {
			return one.Readers
		}
	}
	k.Fatalf("the store has no %s", object)
	return nil
}

func (k *kept) behind() []eyeshot.Object {
	behind, _ := k.keeper.Behind()
	slices.Sort(behind)
	return behind
}

func TestADocumentIsWrittenWithItsReaders(t *testing.T) {
	k := keep(t, "ticket:a/1#viewer@user:bob", "ticket:a/1#viewer@group:eng#member")
	k.upsert("ticket:a/1")
	require.Equal(t, []eyeshot.Subject{"group:eng#member", "user:bob"}, k.held("ticket:a/1"))
	require.Zero(t, k.documents.set)
}

func TestReadersThatChangeAreBehindUntilTheyAreWritten(t *testing.T) {
	k := keep(t, "ticket:a/1#viewer@user:bob", "ticket:a/2#viewer@user:bob")
	k.upsert("ticket:a/1", "ticket:a/2")
	k.sync()
	k.write("ticket:a/1#viewer@user:alice")
	require.Equal(t, []eyeshot.Object{"ticket:a/1"}, k.behind())
	require.Equal(t, []eyeshot.Subject{"user:bob"}, k.held("ticket:a/1"))
	k.sync()
	require.Equal(t, []eyeshot.Subject{"user:alice", "user:bob"}, k.held("ticket:a/1"))
	require.Equal(t, 1, k.documents.set)

	k.elsewhereDelete("ticket:a/1#viewer@user:bob")
	require.Empty(t, k.behind(), "nobody has told the index yet")
	k.poll()
	require.Equal(t, []eyeshot.Object{"ticket:a/1"}, k.behind())
	k.sync()
	require.Equal(t, []eyeshot.Subject{"user:alice"}, k.held("ticket:a/1"))
}

func TestAMembershipThatChangesWritesNoDocument(t *testing.T) {
	k := keep(t, "project:a/P#viewer@group:eng#member", "group:eng#member@user:alice")
	for i := range 20 {
		object := fmt.Sprintf("ticket:a/%d", i)
		k.write(object+"#project@project:a/P", object+"#open@user:*")
		k.upsert(eyeshot.Object(object))
	}
	k.sync()
	written := k.documents.set
	k.write("group:eng#member@user:bob", "project:a/P#viewer@user:carol", "group:eng#member@group:all#member")
	k.delete("group:eng#member@user:alice")
	require.Empty(t, k.behind())
	k.sync()
	require.Equal(t, written, k.documents.set)
	require.Equal(t, []eyeshot.Subject{"project:a/P#admin", "project:a/P#can_browse"}, k.held("ticket:a/0"))
}

func TestWhatHangsOnADocumentIsBehindWithIt(t *testing.T) {
	f := follow(t, wiki)
	f.store.SetModel(parse(t, wikiModel))
	f.index = open(t, f.store, authzsync.Options{Clock: f.clock, DocumentTypes: documentTypes})
	k := keepOn(t, f)
	k.upsert("ticket:jira/PAY-1", "comment:jira/PAY-1/1", "document:wiki/b/page")
	k.sync()
	k.write("ticket:jira/PAY-1#reporter@user:zoe")
	require.Equal(t, []eyeshot.Object{"comment:jira/PAY-1/1", "ticket:jira/PAY-1"}, k.behind())
	k.write("folder:wiki/a#viewer@user:zoe")
	require.Len(t, k.behind(), 2, "a folder is a container: its documents name it, whoever is in it")
}

func TestAModelThatChangesMakesAllReadersDoubtful(t *testing.T) {
	f := follow(t, wiki)
	f.store.SetModel(parse(t, wikiModel))
	f.index = open(t, f.store, authzsync.Options{Clock: f.clock, DocumentTypes: documentTypes})
	k := keepOn(t, f)
	k.upsert("ticket:jira/PAY-1", "ticket:jira/PAY-2")
	k.sync()
	require.Contains(t, k.held("ticket:jira/PAY-1"), eyeshot.Subject("user:bob"), "its reporter")
	k.store.SetModel(parse(t, strings.Replace(wikiModel, "or reporter or", "or", 1)))
	k.poll()
	_, ready := k.keeper.Behind()
	require.False(t, ready)
	k.sync()
	require.NotContains(t, k.held("ticket:jira/PAY-1"), eyeshot.Subject("user:bob"))
}

func TestAKeeperThatStartsMendsWhatTheStoreHas(t *testing.T) {
	k := keep(t, "ticket:a/1#viewer@user:bob", "ticket:a/2#viewer@user:bob", "ticket:a/3#viewer@user:bob", "ticket:a/4#viewer@user:bob")
	k.upsert("ticket:a/1", "ticket:a/2", "ticket:a/3", "ticket:a/4")
	require.NoError(t, k.documents.SetReaders(t.Context(), "acme", []store.DocumentReaders{{Object: "ticket:a/4", Readers: []eyeshot.Subject{"user:mallory"}}}))
	k.keeper = k.newKeeper()
	_, ready := k.keeper.Behind()
	require.False(t, ready, "a store that was not looked at may hold anything")
	k.sync()
	require.Equal(t, []eyeshot.Subject{"user:bob"}, k.held("ticket:a/4"))
	require.Equal(t, 1, k.keeper.Written(), "what is right is left alone")
}

func TestAStoreThatFailsLeavesDocumentsBehind(t *testing.T) {
	k := keep(t, "ticket:a/1#viewer@user:bob")
	k.upsert("ticket:a/1")
	k.sync()
	k.write("ticket:a/1#viewer@user:alice")
	k.documents.fail = eyeshot.ErrUnavailable
	require.ErrorIs(t, k.keeper.Sync(t.Context()), eyeshot.ErrUnavailable)
	require.Equal(t, []eyeshot.Object{"ticket:a/1"}, k.behind())
	k.documents.fail = nil
	k.sync()
}

func TestAnIndexThatLostItsStoreTakesNoReadersAway(t *testing.T) {
	k := keep(t, "ticket:a/1#viewer@user:bob")
	k.upsert("ticket:a/1")
	k.sync()
	k.store.Fail(eyeshot.ErrNotFound)
	require.Error(t, k.index.Poll(t.Context()))
	require.ErrorIs(t, k.keeper.Sync(t.Context()), eyeshot.ErrUnavailable)
	_, ready := k.keeper.Behind()
	require.False(t, ready)
	require.Equal(t, []eyeshot.Subject{"user:bob"}, k.held("ticket:a/1"))
	k.store.Fail(nil)
	k.poll()
	k.sync()
	require.Zero(t, k.documents.set, "all was as it had to be")
}

func TestAChangeThatComesWhileReadersAreWrittenIsNotLost(t *testing.T) {
	k := keep(t, "ticket:a/1#viewer@user:bob")
	k.upsert("ticket:a/1")
	k.sync()
	k.write("ticket:a/1#viewer@user:alice")
	var once sync.Once
	k.documents.hold = func() { once.Do(func() { k.write("ticket:a/1#viewer@user:carol") }) }
	k.sync()
	require.Equal(t, []eyeshot.Subject{"user:alice", "user:bob", "user:carol"}, k.held("ticket:a/1"))
}

func TestADocumentOfVeryManyReadersIsReadByEverybody(t *testing.T) {
	k := keep(t)
	for i := range 6 {
		k.write(fmt.Sprintf("ticket:a/1#viewer@user:u%d", i))
	}
	k.upsert("ticket:a/1")
	require.Contains(t, k.held("ticket:a/1"), eyeshot.Subject("user:*"))
	require.Contains(t, k.index.View().Memberships("user:u3"), eyeshot.Subject("user:*"))
}

// At every moment, whoever reaches a document finds it by the readers in the
// store, or the document is named as behind.
func TestNoDocumentIsHiddenByTheReadersInTheStore(t *testing.T) {
	objects := []eyeshot.Object{"ticket:a/1", "ticket:a/2", "comment:a/1", "document:a/1"}
	lines := []string{
		"ticket:a/1#viewer@user:alice", "ticket:a/1#viewer@group:g#member", "ticket:a/1#project@project:a/P", "ticket:a/1#open@user:*",
		"ticket:a/2#project@project:a/P", "ticket:a/2#level@security_level:a/L", "ticket:a/2#reporter@user:bob",
		"comment:a/1#ticket@ticket:a/1", "comment:a/1#ticket@ticket:a/2", "comment:a/1#everyone@user:*", "comment:a/1#viewer@user:alice",
		"document:a/1#parent@folder:a/F", "document:a/1#viewer@user:*", "folder:a/F#viewer@group:g#member", "folder:a/F#parent@folder:a/G", "folder:a/G#viewer@user:bob",
		"group:g#member@user:alice", "group:g#member@user:bob", "group:g#member@group:h#member", "group:h#member@user:bob",
		"project:a/P#viewer@group:g#member", "project:a/P#viewer@user:*", "security_level:a/L#cleared@user:alice", "security_level:a/L#cleared@group:h#member",
	}
	rapid.Check(t, func(rt *rapid.T) {
		k := keep(t)
		held := map[string]bool{}
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			line := rapid.SampledFrom(lines).Draw(rt, "line")
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				k.upsert(rapid.SampledFrom(objects).Draw(rt, "object"))
			case 1:
				k.sync()
			default:
				if held[line] {
					k.delete(line)
				} else {
					k.write(line)
				}
				held[line] = !held[line]
			}
			k.requireNothingHidden(rt)
		}
	})
}

func (k *kept) requireNothingHidden(rt *rapid.T) {
	view := k.keeper.View()
	behind, ready := view.Behind()
	if !ready {
		return
	}
	all, err := k.documents.Readers(k.Context(), "acme", "", 1000)
	require.NoError(rt, err)
	for _, subject := range []eyeshot.Subject{"user:alice", "user:bob", "user:carol"} {
		memberships := view.Memberships(subject)
		for _, document := range all {
			if !slices.Contains(allowed(k.index, subject, "can_read", document.Object.Type()), document.Object) || slices.Contains(behind, document.Object) {
				continue
			}
			found := slices.ContainsFunc(document.Readers, func(r eyeshot.Subject) bool { return slices.Contains(memberships, r) })
			require.True(rt, found, "%s reaches %s, whose readers are %v, and is in %v", subject, document.Object, document.Readers, memberships)
		}
	}
}

func TestAKeeperRunsBesideWritersAndEndsWithItsContext(t *testing.T) {
	k := keep(t)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { require.NoError(t, k.keeper.Run(ctx)) })
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for i := range 30 {
				object := fmt.Sprintf("ticket:w%d/%d", w, i)
				k.write(object + "#viewer@user:alice")
				k.upsert(eyeshot.Object(object))
				k.write(object + "#viewer@user:bob")
			}
		})
	}
	writers.Wait()
	require.Eventually(t, func() bool {
		behind, ready := k.keeper.Behind()
		return ready && len(behind) == 0
	}, 30e9, 1e6)
	cancel()
	running.Wait()
	require.Equal(t, []eyeshot.Subject{"user:alice", "user:bob"}, k.held("ticket:w2/29"))
}
