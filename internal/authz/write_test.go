package authz_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

const until = `document:a/x#delegated_read@delegation:al~bot with unexpired {"expires_at":"%s"}`

func expiring(t *testing.T, at string) []eyeshot.Relationship {
	t.Helper()
	return authztest.Tuples(t, fmt.Sprintf(until, at))
}

func everything(t *testing.T, store *authz.Store) []string {
	t.Helper()
	var all []string
	for relationship, err := range store.ReadAll(t.Context(), authz.ReadFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		line := relationship.String()
		if relationship.Condition != nil {
			line += fmt.Sprint(" with ", relationship.Condition.Name, relationship.Condition.Context)
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

func TestWritingTwiceAndRemovingTwiceIsLikeDoingItOnce(t *testing.T) {
	store := authztest.NewStore(t, "")
	group := authztest.Tuples(t, "group:a#member@user:al", "group:a#member@user:bo", "group:a#member@user:al")
	for range 2 {
		if err := store.Write(t.Context(), group, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := everything(t, store), []string{"group:a#member@user:al", "group:a#member@user:bo"}; !slices.Equal(got, want) {
		t.Errorf("there is %v, want %v", got, want)
	}
	for range 2 {
		if err := store.Write(t.Context(), nil, group[1:]); err != nil {
			t.Fatal(err)
		}
	}
	if got := everything(t, store); len(got) != 0 {
		t.Errorf("there is %v, want nothing", got)
	}
	if err := store.Write(t.Context(), nil, nil); err != nil {
		t.Errorf("writing nothing: %v", err)
	}
}

func TestWhatIsRemovedAndAddedInOneCallIsThere(t *testing.T) {
	store := authztest.NewStore(t, "")
	authztest.Write(t, store, "group:a#member@user:al", "group:a#member@user:bo")
	both := authztest.Tuples(t, "group:a#member@user:al")
	if err := store.Write(t.Context(), both, append(both, authztest.Tuples(t, "group:a#member@user:bo")...)); err != nil {
		t.Fatal(err)
	}
	if got, want := everything(t, store), []string{"group:a#member@user:al"}; !slices.Equal(got, want) {
		t.Errorf("there is %v, want %v", got, want)
	}
}

func TestManyRelationshipsAreWrittenInLotsRemovalsFirst(t *testing.T) {
	var lots [][2]int
	store, _ := newScripted(t, func(c call) reply {
		writes, deletes := parseWrite(t, c)
		lots = append(lots, [2]int{len(deletes), len(writes)})
		return reply{body: "{}"}
	})
	if err := store.Write(t.Context(), members("new", 180), members("old", 130)); err != nil {
		t.Fatal(err)
	}
	if want := [][2]int{{100, 0}, {30, 70}, {0, 100}, {0, 10}}; !slices.Equal(lots, want) {
		t.Errorf("lots of removals and additions: %v, want %v", lots, want)
	}
}

func TestManyRelationshipsArriveAtARealServer(t *testing.T) {
	store := authztest.NewStore(t, "")
	if err := store.Write(t.Context(), members("big", 250), nil); err != nil {
		t.Fatal(err)
	}
	if err := store.Write(t.Context(), members("new", 130), members("big", 250)[:120]); err != nil {
		t.Fatal(err)
	}
	if got := len(everything(t, store)); got != 250-120+130 {
		t.Errorf("there are %d relationships, want %d", got, 250-120+130)
	}
}

func members(group string, n int) []eyeshot.Relationship {
	out := make([]eyeshot.Relationship, n)
	for i := range out {
		out[i] = eyeshot.Relationship{Subject: eyeshot.Subject(fmt.Sprintf("user:u%d", i)), Relation: "member", Object: eyeshot.Object("group:" + group)}
	}
	return out
}

func TestAConditionThatChangesIsReplaced(t *testing.T) {
	tests := map[string]struct{ before, after string }{
		"another moment":        {fmt.Sprintf(until, "2026-01-01T00:00:00Z"), fmt.Sprintf(until, "2027-01-01T00:00:00Z")},
		"no condition any more": {fmt.Sprintf(until, "2026-01-01T00:00:00Z"), "document:a/x#delegated_read@delegation:al~bot"},
		"a condition at last":   {"document:a/x#delegated_read@delegation:al~bot", fmt.Sprintf(until, "2026-01-01T00:00:00Z")},
		"without a context":     {"document:a/x#delegated_read@delegation:al~bot with unexpired", fmt.Sprintf(until, "2026-01-01T00:00:00Z")},
		"into one without":      {fmt.Sprintf(until, "2026-01-01T00:00:00Z"), "document:a/x#delegated_read@delegation:al~bot with unexpired {}"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store := authztest.NewStore(t, "")
			authztest.Write(t, store, "group:a#member@user:al", test.before)
			want := authztest.Tuples(t, "group:a#member@user:al", test.after, "group:a#member@user:bo")
			for range 2 { // the second time nothing changes
				if err := store.Write(t.Context(), want, nil); err != nil {
					t.Fatal(err)
				}
			}
			fresh := authztest.NewStore(t, "")
			if err := fresh.Write(t.Context(), want, nil); err != nil {
				t.Fatal(err)
			}
			if got, want := everything(t, store), everything(t, fresh); !slices.Equal(got, want) {
				t.Errorf("there is %v, want %v", got, want)
			}
		})
	}
}

// TestAReplacedConditionIsRemovedBeforeItIsAdded watches every step between a
// condition and the next: never may both, or a third, be in force.
func TestAReplacedConditionIsRemovedBeforeItIsAdded(t *testing.T) {
	var steps []string
	there := `{"key":{"user":"delegation:al~bot","relation":"delegated_read","object":"document:a/x","condition":{"name":"unexpired","context":{"expires_at":"2026-01-01T00:00:00Z"}}}}`
	store, _ := newScripted(t, func(c call) reply {
		if strings.HasSuffix(c.path, "/read") {
			steps = append(steps, "read")
			return reply{body: `{"tuples":[` + there + `],"continuation_token":""}`}
		}
		writes, deletes := parseWrite(t, c)
		steps = append(steps, fmt.Sprintf("remove %d add %d", len(deletes), len(writes)))
		if there != "" && len(writes) > 0 {
			return reply{status: 409, body: `{"code":"Aborted","message":"already exists with a different condition"}`}
		}
		there = ""
		return reply{body: "{}"}
	})
	if err := store.Write(t.Context(), expiring(t, "2027-01-01T00:00:00Z"), nil); err != nil {
		t.Fatal(err)
	}
	if want := []string{"remove 0 add 1", "read", "remove 1 add 0", "remove 0 add 1"}; !slices.Equal(steps, want) {
		t.Errorf("steps %q, want %q", steps, want)
	}
}

func TestWritersThatKeepChangingTheSameRelationshipEndInAConflict(t *testing.T) {
	store, server := newScripted(t, func(c call) reply {
		if strings.HasSuffix(c.path, "/read") {
			return reply{body: `{"tuples":[],"continuation_token":""}`}
		}
		return reply{status: 409, body: `{"code":"Aborted","message":"transactional write failed due to conflict"}`}
	})
	if err := store.Write(t.Context(), expiring(t, "2027-01-01T00:00:00Z"), nil); !errors.Is(err, eyeshot.ErrConflict) {
		t.Errorf("got %v", err)
	}
	if server.count() > 20 {
		t.Errorf("tried with %d requests", server.count())
	}
}

func TestWritersSideBySideAllArrive(t *testing.T) {
	store := authztest.NewStore(t, "")
	var group sync.WaitGroup
	for writer := range 8 {
		group.Go(func() {
			for range 3 {
				if err := store.Write(t.Context(), members("shared", 30), members(fmt.Sprint("none", writer), 5)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := len(everything(t, store)); got != 30 {
		t.Errorf("there are %d relationships, want 30", got)
	}
}

func TestAWriteThatNoOpenFGAAnsweredIsNotDone(t *testing.T) {
	for name, answer := range map[string]reply{
		"an empty answer": {}, "a page": {body: "<html>ok</html>"}, "another object": {body: `"ok"`}, "a redirect": {status: 302},
	} {
		store, _ := newScripted(t, func(call) reply { return answer })
		if err := store.Write(t.Context(), nil, members("a", 1)); !errors.Is(err, eyeshot.ErrUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestBadRelationshipsAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	good := authztest.Tuples(t, "group:a#member@user:al")[0]
	contradiction := append(expiring(t, "2026-01-01T00:00:00Z"), expiring(t, "2027-01-01T00:00:00Z")...)
	lists := map[string]struct{ writes, deletes []eyeshot.Relationship }{
		"a malformed object":     {writes: []eyeshot.Relationship{good, {Subject: "user:al", Relation: "member", Object: "group"}}},
		"a malformed user":       {writes: []eyeshot.Relationship{good, {Subject: "al", Relation: "member", Object: "group:a"}}},
		"no relation":            {writes: []eyeshot.Relationship{good, {Subject: "user:al", Object: "group:a"}}},
		"a malformed removal":    {writes: []eyeshot.Relationship{good}, deletes: []eyeshot.Relationship{{Subject: "user:al", Relation: "member"}}},
		"two conditions for one": {writes: append([]eyeshot.Relationship{good}, contradiction...)},
		"with and without one":   {writes: append(expiring(t, "2026-01-01T00:00:00Z"), authztest.Tuples(t, "document:a/x#delegated_read@delegation:al~bot")...)},
	}
	for name, test := range lists {
		t.Run(name, func(t *testing.T) {
			store, server := newScripted(t, func(call) reply { return reply{body: "{}"} })
			if err := store.Write(t.Context(), test.writes, test.deletes); !errors.Is(err, eyeshot.ErrInvalid) {
				t.Errorf("got %v", err)
			}
			if server.count() != 0 {
				t.Error("something was sent all the same")
			}
		})
	}
}

func TestWhatTheModelRefusesIsNamed(t *testing.T) {
	store := authztest.NewStore(t, "")
	tests := map[string]string{
		"spaceship:a#member@user:al":                          "spaceship",
		"group:a#captain@user:al":                             "captain",
		"ticket:a/1#can_read@user:al":                         "can_read",
		"group:a#member@ticket:a/1":                           "ticket",
		"group:a#member@user:*":                               "user:*",
		"group:a#member@group:a#member":                       "implicit",
		"group:a#member@group:b#captain":                      "captain",
		"project:a/P#viewer@user:al with unexpired":           "unexpired",
		"project:a/P#delegated_read@delegation:al~b with xyz": "xyz",
		`project:a/P#delegated_read@delegation:al~b with unexpired {"expires_at":"soon"}`: "expires_at",
		`project:a/P#delegated_read@delegation:al~b with unexpired {"ends_at":"soon"}`:    "ends_at",
	}
	for line, names := range tests {
		err := store.Write(t.Context(), authztest.Tuples(t, "group:a#member@user:al", line), nil)
		if !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: got %v, which does not name %s", line, err, names)
		}
	}
	if got := everything(t, store); len(got) != 0 {
		t.Errorf("a lot that was refused left %v behind", got)
	}
}

func TestAStoreOrModelThatIsGoneIsNotFound(t *testing.T) {
	client := authztest.New(t)
	store := authztest.NewStoreOn(t, client, "")
	writes := authztest.Tuples(t, "group:a#member@user:al")
	for name, gone := range map[string]*authz.Store{
		"store": client.Store("01JXABCDEFGH0000000000000", ""),
		"model": client.Store(store.ID(), "01JXABCDEFGH0000000000000"),
	} {
		err := gone.Write(t.Context(), writes, nil)
		if !errors.Is(err, eyeshot.ErrNotFound) && !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func parseWrite(t *testing.T, c call) (writes, deletes []any) {
	t.Helper()
	var body struct {
		Writes struct {
			Keys        []any  `json:"tuple_keys"`
			OnDuplicate string `json:"on_duplicate"`
		} `json:"writes"`
		Deletes struct {
			Keys      []any  `json:"tuple_keys"`
			OnMissing string `json:"on_missing"`
		} `json:"deletes"`
		Model string `json:"authorization_model_id"`
	}
	if err := json.Unmarshal(c.body, &body); err != nil {
		t.Error(err)
	}
	if len(body.Writes.Keys) > 0 && body.Writes.OnDuplicate != "ignore" || len(body.Deletes.Keys) > 0 && body.Deletes.OnMissing != "ignore" || body.Model != modelID {
		t.Errorf("sent %s", c.body)
	}
	return body.Writes.Keys, body.Deletes.Keys
}
