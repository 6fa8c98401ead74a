package authz_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

func TestARealServerAnswersManyChecksEachInItsPlace(t *testing.T) {
	store := authztest.NewStore(t, "")
	var writes []eyeshot.Relationship
	checks := checksOf(180)
	for i, check := range checks {
		if i%7 == 0 {
			writes = append(writes, eyeshot.Relationship{Subject: "user:alice", Relation: "viewer", Object: check.Object})
		}
	}
	if err := store.Write(t.Context(), writes, nil); err != nil {
		t.Fatal(err)
	}
	verdicts, err := store.BatchCheck(t.Context(), checks, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, verdict := range verdicts {
		if verdict.Err != nil || verdict.Allowed != (i%7 == 0) {
			t.Errorf("check %d: %v", i, verdict)
		}
	}
}

func TestARealServerThatCannotEvaluateACheckDeniesThatOneAlone(t *testing.T) {
	store := authztest.NewStore(t, "")
	authztest.Write(t, store,
		"ticket:a/1#viewer@user:al",
		`ticket:a/1#delegated_read@delegation:al~bot with unexpired {"expires_at":"2026-01-02T12:00:00Z"}`,
	)
	verdicts, err := store.BatchCheck(t.Context(), []authz.Check{
		{Subject: "user:al", Relation: "can_read", Object: "ticket:a/1"},
		{Subject: "user:al", Relation: "can_fly", Object: "ticket:a/1"},
		{Subject: "user:al", Relation: "can_read", Object: "spaceship:a/1"},
		{Subject: "spaceship:al", Relation: "can_read", Object: "ticket:a/1"},
		{Subject: "delegation:al~bot", Relation: "delegated_read", Object: "ticket:a/1"}, // no current_time
		{Subject: "user:bo", Relation: "can_read", Object: "ticket:a/1"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !verdicts[0].Allowed || verdicts[5].Allowed || verdicts[5].Err != nil {
		t.Errorf("checks that can be evaluated got %v and %v", verdicts[0], verdicts[5])
	}
	for _, verdict := range verdicts[1:5] {
		mustBeUnanswered(t, verdict)
	}
	if !strings.Contains(verdicts[1].Err.Error(), "can_fly") {
		t.Errorf("%v does not name what is wrong", verdicts[1].Err)
	}
}

// TestNestingThatIsTooDeepForOpenFGAIsDeniedAndSaysSo: docs/model.md promises 20
// levels; OpenFGA gives up at 25 resolution steps.
func TestNestingThatIsTooDeepForOpenFGAIsDeniedAndSaysSo(t *testing.T) {
	store := authztest.NewStore(t, "")
	lines := []string{"group:0#member@user:al", "folder:a/0#viewer@user:al"}
	for i := range 40 {
		lines = append(lines,
			fmt.Sprintf("group:%d#member@group:%d#member", i+1, i), fmt.Sprintf("document:g/%d#viewer@group:%d#member", i, i),
			fmt.Sprintf("folder:a/%d#parent@folder:a/%d", i+1, i), fmt.Sprintf("document:f/%d#parent@folder:a/%d", i, i),
		)
	}
	authztest.Write(t, store, lines...)
	for _, kind := range []string{"g", "f"} {
		if !authztest.Allowed(t, store, "document:"+kind+"/20#can_read@user:al") {
			t.Errorf("%s: nesting of 20 levels is denied", kind)
		}
		verdicts, err := store.BatchCheck(t.Context(), []authz.Check{{Subject: "user:al", Relation: "can_read", Object: eyeshot.Object("document:" + kind + "/39")}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		mustBeUnanswered(t, verdicts[0])
	}
}

func TestARevocationIsSeenByTheVeryNextCheck(t *testing.T) {
	store := authztest.NewStore(t, "")
	for i := range 20 {
		line := fmt.Sprintf("document:a/%d#viewer@user:al", i)
		authztest.Write(t, store, line)
		if !authztest.Allowed(t, store, line) {
			t.Error("a grant is not seen")
		}
		authztest.Delete(t, store, line)
		if authztest.Allowed(t, store, line) {
			t.Error("a revocation is not seen")
		}
	}
}

func TestStoresAreFoundByTheirExactName(t *testing.T) {
	client := authztest.New(t)
	var acme []string
	for i := range 120 { // more than one page
		id, err := client.CreateStore(t.Context(), map[bool]string{true: "acme", false: "acme-2"}[i%2 == 0])
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			acme = append(acme, id)
		}
	}
	found, err := client.FindStores(t.Context(), "acme")
	slices.Sort(found)
	slices.Sort(acme)
	if err != nil || !slices.Equal(found, acme) {
		t.Errorf("found %d of %d stores, %v", len(found), len(acme), err)
	}
	if none, err := client.FindStores(t.Context(), "nobody"); err != nil || len(none) != 0 {
		t.Errorf("found %v, %v", none, err)
	}
}

func TestAStoreThatIsDeletedIsGoneAndCanBeDeletedAgain(t *testing.T) {
	client := authztest.New(t)
	id, err := client.CreateStore(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := client.DeleteStore(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := client.FindStores(t.Context(), "acme"); err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
	if err := client.DeleteStore(t.Context(), ""); !errors.Is(err, eyeshot.ErrInvalid) {
		t.Errorf("deleting the store without an id: %v", err)
	}
}

func TestANameThatOpenFGADoesNotTakeIsRefused(t *testing.T) {
	client := authztest.New(t)
	for _, name := range []string{"", "ab", "acme:eu", strings.Repeat("x", 65)} {
		if id, err := client.CreateStore(t.Context(), name); !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("%q: got %q, %v", name, id, err)
		}
	}
}

func TestTwoStoresOfOneServerNeverMeet(t *testing.T) {
	client := authztest.New(t)
	ours, theirs := authztest.NewStoreOn(t, client, ""), authztest.NewStoreOn(t, client, "")
	authztest.Write(t, ours, "document:a/x#viewer@user:al")
	if !authztest.Allowed(t, ours, "document:a/x#can_read@user:al") || authztest.Allowed(t, theirs, "document:a/x#can_read@user:al") {
		t.Error("a grant in one store is seen in another, or in none")
	}
	if all := everything(t, theirs); len(all) != 0 {
		t.Errorf("the other store holds %v", all)
	}
}
