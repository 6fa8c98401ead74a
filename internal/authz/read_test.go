package authz_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

func TestReadingGivesBackWhatWasWritten(t *testing.T) {
	store := authztest.NewStore(t, "")
	lines := []string{
		"group:eng#member@group:ops#member",
		"group:eng#member@user:al@example.com",
		"project:a/P#viewer@user:*",
		`project:a/P#delegated_read@delegation:al~bot with unexpired {"expires_at":"2026-01-02T15:04:05Z"}`,
	}
	written := authztest.Tuples(t, lines...)
	if err := store.Write(t.Context(), written, nil); err != nil {
		t.Fatal(err)
	}
	filters := map[string]struct {
		filter authz.ReadFilter
		want   []int
	}{
		"all":                     {authz.ReadFilter{}, []int{0, 1, 2, 3}},
		"of an object":            {authz.ReadFilter{Object: "group:eng"}, []int{0, 1}},
		"of one relation of it":   {authz.ReadFilter{Object: "project:a/P", Relation: "viewer"}, []int{2}},
		"of one subject":          {authz.ReadFilter{Object: "project:", Subject: "delegation:al~bot"}, []int{3}},
		"of a subject set":        {authz.ReadFilter{Object: "group:", Subject: "group:ops#member"}, []int{0}},
		"of a subject and nobody": {authz.ReadFilter{Object: "group:", Subject: "user:zoe"}, nil},
	}
	for name, test := range filters {
		t.Run(name, func(t *testing.T) {
			var got, want []eyeshot.Relationship
			for relationship, err := range store.ReadAll(t.Context(), test.filter) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, relationship)
			}
			for _, i := range test.want {
				want = append(want, written[i])
			}
			inAnyOrder := cmpopts.SortSlices(func(a, b eyeshot.Relationship) bool { return a.String() < b.String() })
			if diff := cmp.Diff(want, got, inAnyOrder); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadingAsksPastAllCachesAndReplicas(t *testing.T) {
	store, server := newScripted(t, func(c call) reply { return reply{body: `{"tuples":[],"continuation_token":""}`} })
	if _, err := store.Read(t.Context(), authz.ReadFilter{Object: "group:a"}, 7, "token"); err != nil {
		t.Fatal(err)
	}
	want := `{"tuple_key":{"object":"group:a"},"page_size":7,"continuation_token":"token","consistency":"HIGHER_CONSISTENCY"}`
	if got := strings.TrimSpace(string(server.calls[0].body)); got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

func TestPagesPutTogetherAreEverything(t *testing.T) {
	store := authztest.NewStore(t, "")
	if err := store.Write(t.Context(), members("big", 230), nil); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	pages, token := 0, ""
	for {
		page, err := store.Read(t.Context(), authz.ReadFilter{}, 50, token)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Relationships) > 50 {
			t.Errorf("a page of 50 holds %d", len(page.Relationships))
		}
		for _, relationship := range page.Relationships {
			seen[relationship.String()] = true
		}
		pages++
		if token = page.Next; token == "" {
			break
		}
	}
	if len(seen) != 230 || pages != 5 {
		t.Errorf("read %d relationships on %d pages, want 230 on 5", len(seen), pages)
	}
	if all := everything(t, store); len(all) != 230 {
		t.Errorf("ReadAll gave %d, want 230", len(all))
	}
}

func TestAReaderMayStopInTheMiddle(t *testing.T) {
	store := authztest.NewStore(t, "")
	if err := store.Write(t.Context(), members("big", 120), nil); err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, err := range store.ReadAll(t.Context(), authz.ReadFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read == 3 {
			break
		}
	}
	if read != 3 {
		t.Errorf("read %d, want 3", read)
	}
}

func TestAFilterThatOpenFGADoesNotTakeIsRefused(t *testing.T) {
	store := authztest.NewStore(t, "")
	for name, filter := range map[string]authz.ReadFilter{
		"a subject alone":  {Subject: "user:al"},
		"a relation alone": {Relation: "member"},
		"a type alone":     {Object: "group:"},
	} {
		if _, err := store.Read(t.Context(), filter, 10, ""); !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := store.Read(t.Context(), authz.ReadFilter{}, 10, "no token of yours"); !errors.Is(err, eyeshot.ErrInvalid) {
		t.Errorf("a token of somebody else's: got %v", err)
	}
}

// TestAServerThatNeverEndsIsNotFollowedForEver and its like read faults that
// would otherwise pass for a store with fewer relationships than it has.
func TestAServerThatNeverEndsIsNotFollowedForEver(t *testing.T) {
	store, server := newScripted(t, func(call) reply {
		return reply{body: `{"tuples":[{"key":{"user":"user:al","relation":"member","object":"group:a"}}],"continuation_token":"again"}`}
	})
	var last error
	for _, err := range store.ReadAll(t.Context(), authz.ReadFilter{}) {
		last = err
	}
	if !errors.Is(last, eyeshot.ErrUnavailable) || server.count() != 2 {
		t.Errorf("ended with %v after %d pages", last, server.count())
	}
}

func TestAReadingThatBreaksOffSaysSo(t *testing.T) {
	store, _ := newScripted(t, func(c call) reply {
		if c.n == 1 {
			return reply{status: 500}
		}
		return reply{body: fmt.Sprintf(`{"tuples":[{"key":{"user":"user:al","relation":"member","object":"group:a"}}],"continuation_token":"page-%d"}`, c.n)}
	})
	var read int
	var last error
	for _, err := range store.ReadAll(t.Context(), authz.ReadFilter{}) {
		if last = err; err == nil {
			read++
		}
	}
	if read != 1 || !errors.Is(last, eyeshot.ErrUnavailable) {
		t.Errorf("read %d and ended with %v", read, last)
	}
}

func TestTheChangeLogTellsWhatHappenedInOrder(t *testing.T) {
	store := authztest.NewStore(t, "")
	empty, err := store.ReadChanges(t.Context(), 10, "")
	if err != nil || len(empty.Changes) != 0 {
		t.Fatalf("an empty log gives %v, %v", empty, err)
	}
	authztest.Write(t, store, "group:a#member@user:al")
	authztest.Write(t, store, `project:a/P#delegated_read@delegation:al~bot with unexpired {"expires_at":"2026-01-02T15:04:05Z"}`)
	authztest.Delete(t, store, "group:a#member@user:al")
	var told []string
	token := ""
	for range 5 {
		page, err := store.ReadChanges(t.Context(), 2, token)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range page.Changes {
			if change.At.IsZero() {
				t.Errorf("%v has no time", change)
			}
			told = append(told, fmt.Sprint(change.Relationship, " gone:", change.Deleted, " condition:", change.Relationship.Condition != nil))
		}
		if page.Next == "" {
			t.Fatal("a log with entries gave no token to go on with")
		}
		token = page.Next
	}
	want := []string{
		"group:a#member@user:al gone:false condition:false",
		"project:a/P#delegated_read@delegation:al~bot gone:false condition:true",
		"group:a#member@user:al gone:true condition:false",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	authztest.Write(t, store, "group:b#member@user:al")
	page, err := store.ReadChanges(t.Context(), 10, token)
	if err != nil || len(page.Changes) != 1 || page.Changes[0].Relationship.Object != "group:b" {
		t.Errorf("asked again, it gives %v, %v", page.Changes, err)
	}
}

func TestAChangeOfAnUnknownKindIsNotTakenForAnAddition(t *testing.T) {
	store, _ := newScripted(t, func(call) reply {
		return reply{body: `{"changes":[{"tuple_key":{"user":"user:al","relation":"member","object":"group:a"},"operation":"TUPLE_OPERATION_ARCHIVE","timestamp":"2026-01-02T15:04:05Z"}],"continuation_token":"x"}`}
	})
	if page, err := store.ReadChanges(t.Context(), 10, ""); !errors.Is(err, eyeshot.ErrUnavailable) {
		t.Errorf("got %v, %v", page, err)
	}
}
