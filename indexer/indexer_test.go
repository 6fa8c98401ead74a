package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func TestADocumentComesInWithItsPermissions(t *testing.T) {
	w := newWorld(t)
	report := w.upsert(doc("1", "hello", "viewer user:a"), doc("2", "secret", "viewer user:b"))
	require.Equal(t, []string{"user:a reads ticket:s/1: hello", "user:b reads ticket:s/2: secret"}, w.visible())
	require.Equal(t, indexer.Report{
		Documents: 2, Written: 2, Chunks: 2, RelationshipsAdded: 2, Refused: map[connectors.Kind]int{},
	}, report)
}

func TestAnUnchangedDocumentIsNotEmbeddedAgain(t *testing.T) {
	w := newWorld(t)
	w.upsert(doc("1", "hello", "viewer user:a"))
	require.Equal(t, []string{"1 1\nhello"}, w.embedded())
	steps := w.steps
	report := w.upsert(doc("1", "hello", "viewer user:a"))
	require.Empty(t, w.embedded())
	require.Equal(t, 1, report.Unchanged)
	require.Equal(t, steps, w.steps, "and nothing at all is written")
}

func TestWhateverIsKeptOfADocumentCountsAsItsContent(t *testing.T) {
	base := func() eyeshot.Document { return doc("1", "hello", "viewer user:a") }
	for name, change := range map[string]func(*eyeshot.Document){
		"title":    func(d *eyeshot.Document) { d.Title = "T" },
		"text":     func(d *eyeshot.Document) { d.Text = "T" },
		"url":      func(d *eyeshot.Document) { d.URL = "https://x.example" },
		"metadata": func(d *eyeshot.Document) { d.Metadata = map[string]any{"a": true} },
		"format":   func(d *eyeshot.Document) { d.Format = eyeshot.FormatJira },
		"time":     func(d *eyeshot.Document) { d.UpdatedAt = d.UpdatedAt.AddDate(2025, 0, 0) },
	} {
		w := newWorld(t)
		w.upsert(base())
		changed := base()
		change(&changed)
		require.Equal(t, 1, w.upsert(changed).Written, name)
		w.embedded()
	}
}

func TestPartsOfADocumentDoNotRunTogetherInItsHash(t *testing.T) {
	w := newWorld(t)
	one, other := doc("1", "bc", "viewer user:a"), doc("1", "c", "viewer user:a")
	one.Title, other.Title = "a", "ab"
	w.upsert(one)
	require.Equal(t, 1, w.upsert(other).Written)
}

func TestChangedPermissionsEmbedNothing(t *testing.T) {
	w := newWorld(t)
	w.upsert(doc("1", "hello", "viewer user:a", "viewer user:b"))
	w.embedded()
	w.log = nil
	report := w.upsert(doc("1", "hello", "viewer user:b", "viewer user:c"))
	require.Empty(t, w.embedded())
	require.Equal(t, []string{"mark", "remove ticket:s/1#viewer@user:a", "add ticket:s/1#viewer@user:c", "settle"}, w.log)
	require.Equal(t, []int{1, 1, 1}, []int{report.Unchanged, report.RelationshipsAdded, report.RelationshipsRemoved})
}

func TestAConditionThatChangesIsWrittenAnew(t *testing.T) {
	w := newWorld(t)
	until := func(day string) eyeshot.Document {
		d := doc("1", "hello", "viewer user:a")
		d.Relationships[0].Condition = &eyeshot.Condition{Name: "unexpired", Context: map[string]any{"expires_at": day}}
		return d
	}
	w.upsert(until("monday"))
	w.upsert(until("tuesday"))
	require.Equal(t, []string{"ticket:s/1#viewer@user:a if unexpiredmap[expires_at:tuesday]"}, w.relationships())
	w.log = nil
	w.upsert(until("tuesday"))
	require.Empty(t, w.log)
}

func TestRemovalsOfAWholeLotComeBeforeItsAdditions(t *testing.T) {
	w := newWorld(t)
	w.upsert(doc("1", "x", "viewer user:a"), doc("2", "y", "viewer user:b"))
	w.log = nil
	w.upsert(doc("1", "x", "viewer user:b"), doc("2", "y", "viewer user:a"))
	require.Equal(t, []string{
		"mark", "remove ticket:s/1#viewer@user:a", "remove ticket:s/2#viewer@user:b",
		"add ticket:s/1#viewer@user:b", "add ticket:s/2#viewer@user:a", "settle",
	}, w.log)
}

func TestOldTextIsGoneBeforeNewReadersCome(t *testing.T) {
	w := newWorld(t)
	w.upsert(doc("1", "salaries", "viewer user:a", "viewer user:b"))
	w.log = nil
	w.upsert(doc("1", "holidays", "viewer user:b", "viewer user:c"))
	require.Equal(t, []string{
		"mark", "remove ticket:s/1#viewer@user:a", "take out 1", "add ticket:s/1#viewer@user:c", "settle", "store 1",
	}, w.log)
}

func TestWithAButNotInTheModelTextIsOutWhileRelationshipsChange(t *testing.T) {
	w := newWorld(t)
	w.schema.Types["ticket"].Relations["can_read"].Rewrite = authz.Difference{Base: authz.Computed{Relation: "viewer"}, Subtract: authz.Computed{Relation: "blocked"}}
	w.upsert(doc("1", "hello", "viewer user:*", "blocked user:a"))
	w.log = nil
	w.upsert(doc("1", "hello", "viewer user:b"))
	require.Equal(t, []string{
		"mark", "take out 1", "remove ticket:s/1#blocked@user:a", "remove ticket:s/1#viewer@user:*", "add ticket:s/1#viewer@user:b", "settle", "store 1",
	}, w.log)
	w.log = nil
	w.upsert(doc("1", "hello"))
	require.Equal(t, "take out 1", w.log[1], "content first when a document is withdrawn")
}

func TestDeletingTakesAccessBeforeContent(t *testing.T) {
	w := newWorld(t)
	w.upsert(doc("1", "hello", "viewer user:a"), doc("2", "stays", "viewer user:a"))
	w.log = nil
	require.NoError(t, w.indexer().Delete(t.Context(), "acme", "s", []eyeshot.Object{"ticket:s/1", "ticket:s/absent"}))
	require.Equal(t, []string{"mark", "remove ticket:s/1#viewer@user:a", "take out 1 absent", "settle"}, w.log)
	require.Equal(t, []string{"user:a reads ticket:s/2: stays"}, w.visible())
	require.ErrorIs(t, w.indexer().Delete(t.Context(), "acme", "s", []eyeshot.Object{"ticket:other/1"}), eyeshot.ErrInvalid)
}

func TestWhatOthersWroteIsNeverTouched(t *testing.T) {
	w := newWorld(t)
	foreign := []eyeshot.Relationship{rel("ticket:s/1", "delegated_read user:agent"), rel("ticket:s/1", "viewer user:shared")}
	for _, r := range foreign {
		w.tuples[r.Key()] = r
	}
	w.upsert(doc("1", "hello", "viewer user:a"))
	w.upsert(doc("1", "hello", "viewer user:b"))
	w.upsert(doc("1", "hello"))
	require.Equal(t, []string{foreign[0].String(), foreign[1].String()}, w.relationships())
}

func TestWhatTwoSourcesWroteStaysUntilBothTakeItAway(t *testing.T) {
	w := newWorld(t)
	member := []eyeshot.Relationship{rel("project:p", "viewer user:a")}
	run := func(source string, access []eyeshot.Relationship) {
		_, err := w.indexer().Run(t.Context(), "acme", source, indexer.Run{Items: items(), Access: access, HasAccess: true})
		require.NoError(t, err)
	}
	run("s", member)
	run("other", member)
	run("s", nil)
	require.Equal(t, []string{"project:p#viewer@user:a"}, w.relationships())
	run("other", nil)
	require.Empty(t, w.relationships())
}

func TestABadDocumentIsRefusedWholeAndTheOthersGoOn(t *testing.T) {
	elsewhere := doc("1", "x", "viewer user:a")
	elsewhere.Relationships[0].Object = "ticket:s/2"
	twice := doc("1", "x", "viewer user:a", "viewer user:a")
	twice.Relationships[1].Condition = &eyeshot.Condition{Name: "unexpired"}
	strange := doc("1", "x", "viewer user:a")
	strange.Object, strange.Relationships[0].Object = "ticket:other/1", "ticket:other/1"
	project := doc("1", "x", "viewer user:a")
	project.Object, project.Relationships[0].Object = "project:s/1", "project:s/1"
	nested := doc("1", "x", "viewer user:a")
	nested.Metadata = map[string]any{"a": []any{1}}
	blank := doc("1", " ", "viewer user:a")
	blank.Title = "\t"
	docx := doc("1", "x", "viewer user:a")
	docx.Format = "docx"
	for name, test := range map[string]struct {
		doc    eyeshot.Document
		kind   connectors.Kind
		reason string
	}{
		"no relationship":        {doc("1", "x"), connectors.WithoutACL, "at least one"},
		"an unknown relation":    {doc("1", "x", "viewer user:a", "reader user:b"), connectors.BadRelationship, `"ticket#reader" is not in the authorization model`},
		"an unknown type":        {doc("1", "x", "viewer robot:a"), connectors.BadRelationship, `"robot:a" must be one of user`},
		"a malformed subject":    {doc("1", "x", "viewer alice"), connectors.BadRelationship, "must be"},
		"a computed relation":    {doc("1", "x", "can_read user:a"), connectors.BadRelationship, "computed"},
		"a user's consent":       {doc("1", "x", "viewer user:a", "delegated_read user:a"), connectors.BadRelationship, "belongs to users"},
		"a task's grant":         {doc("1", "x", "task_read user:a"), connectors.BadRelationship, "belongs to users"},
		"another's relationship": {elsewhere, connectors.BadRelationship, "on the document itself"},
		"two conditions":         {twice, connectors.BadRelationship, "twice with different conditions"},
		"another's document":     {strange, connectors.BadContent, `must be of the source "s"`},
		"no type of document":    {project, connectors.BadContent, "is no type of document"},
		"nested metadata":        {nested, connectors.BadContent, "metadata.a"},
		"nothing to find it by":  {blank, connectors.BadContent, "neither a title nor a text"},
		"an unknown format":      {docx, connectors.BadContent, "format"},
		"invalid UTF-8":          {doc("1", "\xff", "viewer user:a"), connectors.BadContent, "UTF-8"},
		"U+0000":                 {doc("1", "\x00", "viewer user:a"), connectors.BadContent, "U+0000"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			report := w.upsert(doc("0", "before", "viewer user:a"), test.doc, doc("9", "after", "viewer user:a"))
			require.Equal(t, []string{"user:a reads ticket:s/0: before", "user:a reads ticket:s/9: after"}, w.visible())
			require.Len(t, w.relationships(), 2, "nothing of it is written")
			require.Equal(t, map[connectors.Kind]int{test.kind: 1}, report.Refused)
			require.Len(t, report.Problems, 1)
			require.Equal(t, 1, report.Problems[0].Index)
			require.Equal(t, test.doc.Object, report.Problems[0].Object)
			require.Contains(t, report.Problems[0].Reason, test.reason)
			require.Zero(t, report.Withdrawn)
		})
	}
}

func TestADocumentThatIsNoLongerUnderstoodLosesItsAccess(t *testing.T) {
	for name, bad := range map[string]eyeshot.Document{
		"without an ACL": doc("1", "hello"), "with an unknown relation": doc("1", "hello", "viewer user:a", "reader user:b"),
	} {
		w := newWorld(t)
		w.upsert(doc("1", "hello", "viewer user:a"))
		w.log = nil
		report := w.upsert(bad)
		require.Empty(t, w.visible(), name)
		require.Empty(t, w.relationships(), name)
		require.Empty(t, w.content, name)
		require.Equal(t, 1, report.Withdrawn)
		require.Equal(t, []string{"mark", "remove ticket:s/1#viewer@user:a", "take out 1", "settle"}, w.log)
	}
}

func TestALineThatIsNotUnderstoodTakesItsDocumentsAccess(t *testing.T) {
	w := newWorld(t)
	w.upsert(doc("1", "hello", "viewer user:a"))
	refused := func(object eyeshot.Object) connectors.Item {
		return connectors.Item{Line: 7, Document: eyeshot.Document{Object: object}, Refused: connectors.Refuse(connectors.Malformed, errors.New("a reason"))}
	}
	report, err := w.indexer().Run(t.Context(), "acme", "other", indexer.Run{Items: items(refused("ticket:s/1"), refused(""))})
	require.NoError(t, err)
	require.Equal(t, []string{"user:a reads ticket:s/1: hello"}, w.visible(), "a source can't take another's document away")
	require.Equal(t, map[connectors.Kind]int{connectors.Malformed: 2}, report.Refused)

	report, err = w.indexer().Run(t.Context(), "acme", "s", indexer.Run{Items: items(refused("ticket:s/1"))})
	require.NoError(t, err)
	require.Empty(t, w.visible())
	require.Equal(t, []indexer.Problem{{Line: 7, Object: "ticket:s/1", Kind: connectors.Malformed, Reason: "a reason"}}, report.Problems)
}

func TestTheLastOfTwoCountsEvenWhereItIsRefused(t *testing.T) {
	w := newWorld(t)
	report := w.upsert(doc("1", "old", "viewer user:a"), doc("1", "new", "viewer user:b"))
	require.Equal(t, []string{"user:b reads ticket:s/1: new"}, w.visible())
	require.Equal(t, []int{2, 1, 1}, []int{report.Documents, report.Written, report.Duplicates})
	require.Equal(t, []indexer.Problem{{Object: "ticket:s/1", Kind: indexer.KindDuplicate, Reason: "comes again later, which counts"}}, report.Problems)

	w.upsert(doc("1", "wide", "viewer user:a"), doc("1", "narrowed"))
	require.Empty(t, w.visible())

	good := connectors.Item{Document: doc("1", "wide", "viewer user:a")}
	bad := connectors.Item{Document: eyeshot.Document{Object: "ticket:s/1"}, Refused: connectors.Refuse(connectors.Malformed, errors.New("a reason"))}
	_, err := w.indexer().Run(t.Context(), "acme", "s", indexer.Run{Items: items(good, bad)})
	require.NoError(t, err)
	require.Empty(t, w.visible())
}

func TestALaterLotSeesWhatAnEarlierOneChanged(t *testing.T) {
	w := newWorld(t)
	w.upsert(doc("1", "first", "viewer user:a"))
	// A lot takes two: the third comes back to the text of before, which was
	// unchanged when it was prepared and is not when its turn comes.
	w.upsert(doc("1", "second", "viewer user:a"), doc("2", "x", "viewer user:a"), doc("1", "first", "viewer user:a"))
	require.Contains(t, w.visible(), "user:a reads ticket:s/1: first")
}

func TestWhatOnlyOpenFGARefusesConcernsItsDocumentAlone(t *testing.T) {
	w := newWorld(t)
	w.upsert(doc("1", "old", "viewer user:a"))
	w.refuse = func(r eyeshot.Relationship) bool { return r.Subject == "user:odd" }
	report := w.upsert(doc("1", "new", "viewer user:a", "viewer user:b", "viewer user:odd"), doc("2", "x", "viewer user:a"))
	require.Equal(t, []string{"user:a reads ticket:s/2: x"}, w.visible())
	require.Equal(t, []string{"ticket:s/2#viewer@user:a"}, w.relationships())
	require.Equal(t, map[connectors.Kind]int{connectors.BadRelationship: 1}, report.Refused)
	require.Equal(t, []int{1, 1}, []int{report.Withdrawn, report.Written})
}

func TestWhatOnlyTheStoreRefusesConcernsItsDocumentAlone(t *testing.T) {
	w := newWorld(t)
	w.reject = func(r store.Record) bool { return r.Title == "1" }
	report := w.upsert(doc("1", "x", "viewer user:a"), doc("2", "x", "viewer user:a"))
	require.Equal(t, []string{"user:a reads ticket:s/2: x"}, w.visible())
	require.Equal(t, []string{"ticket:s/2#viewer@user:a"}, w.relationships())
	require.Equal(t, map[connectors.Kind]int{connectors.BadContent: 1}, report.Refused)
	require.Zero(t, report.Withdrawn, "it was never there")
}

func TestAnotherEmbeddingModelIsRefusedUntilTheIndexIsDropped(t *testing.T) {
	w := newWorld(t)
	w.upsert(doc("1", "hello", "viewer user:a"))
	w.embedder.name = "fake-2"
	_, err := w.indexer().Upsert(t.Context(), "acme", "s", []eyeshot.Document{doc("1", "hello", "viewer user:a")})
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "fake-2 with 1 dimensions")
	require.ErrorContains(t, err, "--reindex")

	require.NoError(t, w.indexer().Reindex(t.Context(), "acme"))
	require.Empty(t, w.visible())
	w.upsert(doc("1", "hello", "viewer user:a"))
	require.Equal(t, []string{"user:a reads ticket:s/1: hello"}, w.visible())
}

func TestAnEmbedderThatFailsChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.embedder.fail = fmt.Errorf("%w: gone", eyeshot.ErrUnavailable)
	_, err := w.indexer().Upsert(t.Context(), "acme", "s", []eyeshot.Document{doc("1", "hello", "viewer user:a")})
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.Empty(t, w.log)
}

func TestABadSourceNameIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, source := range []string{"", "a/acl", strings.Repeat("x", 65), "\xff"} {
		_, err := w.indexer().Upsert(t.Context(), "acme", source, nil)
		require.ErrorIs(t, err, eyeshot.ErrInvalid, source)
	}
}

func TestAccessOnDocumentsOrOfUsersIsRefusedBeforeAnythingChanges(t *testing.T) {
	for _, bad := range []eyeshot.Relationship{
		rel("ticket:s/1", "viewer user:a"), rel("project:p", "delegated_read user:a"), rel("project:p", "owner user:a"),
	} {
		w := newWorld(t)
		run := indexer.Run{Items: items(connectors.Item{Document: doc("1", "x", "viewer user:a")}), Access: []eyeshot.Relationship{bad}, HasAccess: true}
		_, err := w.indexer().Run(t.Context(), "acme", "s", run)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
		require.Empty(t, w.log)
	}
}

func TestProblemsAreNamedUpToALimitAndThenCounted(t *testing.T) {
	w := newWorld(t)
	var docs []eyeshot.Document
	for i := range 9 {
		docs = append(docs, doc(fmt.Sprint(i), "x"))
	}
	report := w.upsert(docs...)
	require.Len(t, report.Problems, 5)
	require.Equal(t, 4, report.ProblemsOmitted)
	require.Equal(t, 9, report.RefusedTotal())
	require.Zero(t, report.Accepted())
}

func TestACancelledContextStopsBetweenLots(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var docs []connectors.Item
	for i := range 20 {
		docs = append(docs, connectors.Item{Document: doc(fmt.Sprint(i), "x", "viewer user:a")})
	}
	lots := 0
	_, err := w.indexer().Run(ctx, "acme", "s", indexer.Run{Items: items(docs...), Progress: func(indexer.Report) { lots++; cancel() }})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, lots)
	require.Len(t, w.content, 2)
}

func TestTwoIngestsAtOnceTakeTurns(t *testing.T) {
	w := newWorld(t)
	ix := w.indexer()
	done := make(chan error, 4)
	for n := range 4 {
		go func() {
			var docs []eyeshot.Document
			for i := range 10 {
				docs = append(docs, doc(fmt.Sprint(i), fmt.Sprint("text ", n), "viewer user:a", fmt.Sprint("viewer user:", n)))
			}
			_, err := ix.Upsert(t.Context(), "acme", "s", docs)
			done <- err
		}()
	}
	for range 4 {
		require.NoError(t, <-done)
	}
	for object, record := range w.content {
		n := strings.TrimPrefix(textOf(record), "text ")
		require.Equal(t, map[string]bool{"user:a": true, "user:" + n: true}, w.readers(object), "text and readers are of one ingest")
	}
}

func items(all ...connectors.Item) func(func(connectors.Item, error) bool) {
	return func(yield func(connectors.Item, error) bool) {
		for _, item := range all {
			if !yield(item, nil) {
				return
			}
		}
	}
}
