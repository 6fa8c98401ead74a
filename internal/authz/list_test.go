package authz_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

func collect(t *testing.T, store *authz.Store, subject eyeshot.Subject, relation, typ string, conditions authz.CheckContext) ([]string, error) {
	t.Helper()
	var objects []string
	for object, err := range store.StreamObjects(t.Context(), subject, relation, typ, conditions) {
		if err != nil {
			return objects, err
		}
		objects = append(objects, string(object))
	}
	slices.Sort(objects)
	return slices.Compact(objects), nil
}

func TestAStreamGivesAllObjectsThatChecksWouldAllow(t *testing.T) {
	store := authztest.NewStore(t, "")
	var writes []eyeshot.Relationship
	var want []string
	for i := range 150 {
		object := fmt.Sprintf("document:a/%03d", i)
		user := eyeshot.Subject("user:al")
		if i%3 == 0 {
			user = "user:bo"
		} else {
			want = append(want, object)
		}
		writes = append(writes, eyeshot.Relationship{Subject: user, Relation: "viewer", Object: eyeshot.Object(object)})
	}
	if err := store.Write(t.Context(), writes, nil); err != nil {
		t.Fatal(err)
	}
	got, err := collect(t, store, "user:al", "can_read", "document", nil)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %d objects and %v, want %d", len(got), err, len(want))
	}
	if got, err := collect(t, store, "user:nobody", "can_read", "document", nil); err != nil || len(got) != 0 {
		t.Errorf("nobody gets %v, %v", got, err)
	}
}

func TestAStreamAsksPastAllCaches(t *testing.T) {
	store, server := newScripted(t, func(call) reply { return reply{} })
	if _, err := collect(t, store, "user:al", "can_read", "document", authz.CheckContext{"current_time": "now"}); err != nil {
		t.Fatal(err)
	}
	want := `{"user":"user:al","relation":"can_read","type":"document","context":{"current_time":"now"},"authorization_model_id":"` + modelID + `","consistency":"HIGHER_CONSISTENCY"}`
	if got := strings.TrimSpace(string(server.calls[0].body)); got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

func TestAStreamKeepsToConditions(t *testing.T) {
	store := authztest.NewStore(t, "")
	authztest.Write(t, store, `document:a/x#delegated_read@delegation:al~bot with unexpired {"expires_at":"2026-01-02T12:00:00Z"}`)
	for now, want := range map[string]int{"2026-01-02T11:59:59Z": 1, "2026-01-02T12:00:00Z": 0} {
		got, err := collect(t, store, "delegation:al~bot", "delegated_read", "document", authz.CheckContext{"current_time": now})
		if err != nil || len(got) != want {
			t.Errorf("at %s: got %v, %v, want %d", now, got, err, want)
		}
	}
}

func TestAStreamThatIsLeftEarlyLeavesNothingBehind(t *testing.T) {
	store := authztest.NewStore(t, "")
	authztest.Write(t, store, "document:a/1#viewer@user:al", "document:a/2#viewer@user:al", "document:a/3#viewer@user:al")
	for range store.StreamObjects(t.Context(), "user:al", "can_read", "document", nil) {
		break // goleak finds what would be left
	}
}

func TestAStreamOfWhatTheModelDoesNotHaveIsAnError(t *testing.T) {
	store := authztest.NewStore(t, "")
	for _, ask := range [][2]string{{"can_read", "spaceship"}, {"can_fly", "document"}} {
		got, err := collect(t, store, "user:al", ask[0], ask[1], nil)
		if err == nil || len(got) != 0 || !strings.Contains(err.Error(), "not found") {
			t.Errorf("%v: got %v, %v", ask, got, err)
		}
	}
}

// TestAStreamThatBreaksOffNeverPassesForAWholeOne holds completeness: a list that
// is taken for whole hides documents without a word.
func TestAStreamThatBreaksOffNeverPassesForAWholeOne(t *testing.T) {
	const one = `{"result":{"object":"document:a/1"}}` + "\n"
	faults := map[string]reply{
		"an error in the middle": {body: one + `{"error":{"code":2000,"message":"condition failed"}}` + "\n"},
		"garbage in the middle":  {body: one + "garbage\n"},
		"a line cut off":         {body: one + `{"result":{"obj`},
		"a line without object":  {body: one + `{"result":{}}` + "\n"},
		"an error at once":       {status: 500, body: `{"code":"internal_error","message":"Internal Server Error"}`},
		"a connection refused":   {err: errors.New("connection refused")},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			store, _ := newScripted(t, func(call) reply { return fault })
			got, err := collect(t, store, "user:al", "can_read", "document", nil)
			if !errors.Is(err, eyeshot.ErrUnavailable) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestAStreamAsLongAsTheServersOwnDeadlineMayBeCutShortAndSaysSo(t *testing.T) {
	answer := func(call) reply { return reply{body: `{"result":{"object":"document:a/1"}}` + "\n"} }
	late, _ := newScriptedWith(t, authz.Config{ListDeadline: time.Nanosecond}, answer)
	if got, err := collect(t, late, "user:al", "can_read", "document", nil); !errors.Is(err, eyeshot.ErrUnavailable) || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	without, _ := newScriptedWith(t, authz.Config{ListDeadline: -1}, answer)
	if got, err := collect(t, without, "user:al", "can_read", "document", nil); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}
