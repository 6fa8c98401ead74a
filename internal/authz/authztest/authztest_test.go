package authztest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

func TestAStoreOfTheTestsOwnAnswersChecks(t *testing.T) {
	store := authztest.NewStore(t, "")
	authztest.Write(t, store, `
		project:a/PAY#viewer@group:eng#member
		group:eng#member@user:alice
	`)
	if !authztest.Allowed(t, store, "project:a/PAY#can_browse@user:alice") {
		t.Error("a member of a group that may view the project can't browse it")
	}
	authztest.Delete(t, store, "group:eng#member@user:alice")
	if authztest.Allowed(t, store, "project:a/PAY#can_browse@user:alice") {
		t.Error("who left the group can still browse the project")
	}
}

func TestParseReadsAllFormsOfASubjectAndACondition(t *testing.T) {
	tests := map[string]eyeshot.Relationship{
		"ticket:a/PAY-1#open@user:*":            {Subject: "user:*", Relation: "open", Object: "ticket:a/PAY-1"},
		"project:a/PAY#viewer@group:eng#member": {Subject: "group:eng#member", Relation: "viewer", Object: "project:a/PAY"},
		"ticket:a/PAY-1#reporter@user:al@x.org": {Subject: "user:al@x.org", Relation: "reporter", Object: "ticket:a/PAY-1"},
		`document:a/x#delegated_read@delegation:al~bot with unexpired {"expires_at":"2026-01-02T15:04:05Z"}`: {
			Subject: "delegation:al~bot", Relation: "delegated_read", Object: "document:a/x",
			Condition: &eyeshot.Condition{Name: "unexpired", Context: map[string]any{"expires_at": "2026-01-02T15:04:05Z"}},
		},
	}
	for line, want := range tests {
		got, err := authztest.Parse(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

func TestParseRefusesWhatIsNoRelationship(t *testing.T) {
	for _, line := range []string{"", "ticket:a/PAY-1", "ticket:a/PAY-1#open", "ticket:a/PAY 1#open@user:al", "x#y@z", `ticket:a/P#open@user:* with c {`} {
		if got, err := authztest.Parse(line); err == nil {
			t.Errorf("%q was read as %v", line, got)
		}
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
