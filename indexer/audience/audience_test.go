package audience_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/audience"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
)

// world is relationships by object, written "ticket:s/1 project project:s/p".
type world struct {
	on    map[eyeshot.Object][]eyeshot.Relationship
	asked map[eyeshot.Object]int
}

func newWorld(lines ...string) *world {
	w := &world{on: map[eyeshot.Object][]eyeshot.Relationship{}, asked: map[eyeshot.Object]int{}}
	for _, line := range lines {
		f := strings.Fields(line)
		o := eyeshot.Object(f[0])
		w.on[o] = append(w.on[o], eyeshot.Relationship{Object: o, Relation: f[1], Subject: eyeshot.Subject(f[2])})
	}
	return w
}

func (w *world) source(_ context.Context, object eyeshot.Object) ([]eyeshot.Relationship, error) {
	w.asked[object]++
	return w.on[object], nil
}

func evaluator(t *testing.T, w *world) *audience.Evaluator {
	t.Helper()
	encoded, err := model.JSON(model.DSL())
	require.NoError(t, err)
	parsed, err := authz.ParseModel(encoded)
	require.NoError(t, err)
	return audience.New(parsed, audience.NewNames(), w.source, func(typ string) bool { return typ != "ticket" })
}

func count(t *testing.T, e *audience.Evaluator, object eyeshot.Object, relation string) int {
	t.Helper()
	people, err := e.Of(t.Context(), object, relation)
	require.NoError(t, err)
	return people.Count()
}

func TestAnAudienceIsWhoReachesADocumentThroughWhateverItHangsOn(t *testing.T) {
	e := evaluator(t, newWorld(
		"group:eng member user:a", "group:eng member user:b", "group:eng member group:ops#member", "group:ops member user:c",
		"project:s/p viewer group:eng#member", "project:s/p owner user:d", "project:s/p viewer service_account:ci",
		"ticket:s/1 project project:s/p", "ticket:s/1 open user:*",
		"security_level:s/l cleared user:a", "security_level:s/l cleared user:x",
		"ticket:s/2 project project:s/p", "ticket:s/2 level security_level:s/l",
		"ticket:s/3 project project:s/p",
		"ticket:s/4 viewer user:*",
		"ticket:s/5 viewer user:~s~17", "ticket:s/5 viewer user:a",
	))
	for object, want := range map[eyeshot.Object]int{
		"ticket:s/1": 4,  // everybody whom the project lets in
		"ticket:s/2": 1,  // of them those whom the level clears
		"ticket:s/3": 0,  // neither open nor of a level
		"ticket:s/4": -1, // everyone
		"ticket:s/5": 1,  // an account that no token can carry is nobody
		"ticket:s/6": 0,
	} {
		require.Equal(t, want, count(t, e, object, "can_read"), object)
	}
}

func TestGroupsInACircleEndAndHoldAllTheirMembers(t *testing.T) {
	e := evaluator(t, newWorld(
		"group:a member group:b#member", "group:b member group:a#member", "group:a member user:1", "group:b member user:2",
		"ticket:s/1 viewer group:b#member", "ticket:s/2 viewer group:a#member",
	))
	for range 2 {
		require.Equal(t, 2, count(t, e, "ticket:s/1", "can_read"))
		require.Equal(t, 2, count(t, e, "ticket:s/2", "can_read"))
	}
}

func TestAGroupIsReadOnceForAllDocumentsThatItOpens(t *testing.T) {
	lines := []string{"project:s/p viewer group:all#member"}
	for i := range 1000 {
		lines = append(lines, fmt.Sprintf("group:all member user:%d", i))
	}
	w := newWorld(lines...)
	e := evaluator(t, w)
	for i := range 50 {
		object := eyeshot.Object(fmt.Sprint("ticket:s/", i))
		with := e.With(object, []eyeshot.Relationship{
			{Object: object, Relation: "project", Subject: "project:s/p"}, {Object: object, Relation: "open", Subject: "user:*"},
		})
		require.Equal(t, 1000, count(t, with, object, "can_read"))
	}
	require.LessOrEqual(t, w.asked["group:all"], 1)
}

func TestWhatCannotBeReadIsAnErrorAndNotASmallAudience(t *testing.T) {
	encoded, err := model.JSON(model.DSL())
	require.NoError(t, err)
	parsed, err := authz.ParseModel(encoded)
	require.NoError(t, err)
	broken := errors.New("broken")
	e := audience.New(parsed, audience.NewNames(), func(context.Context, eyeshot.Object) ([]eyeshot.Relationship, error) { return nil, broken }, func(string) bool { return true })
	_, err = e.Of(t.Context(), "ticket:s/1", "can_read")
	require.ErrorIs(t, err, broken)
}

func TestTheTenantIsAnAudienceThatNobodyHasToBeNamedIn(t *testing.T) {
	e := evaluator(t, newWorld(
		"project:s/p viewer user:a", "project:s/q viewer user:*", "tenant:acme member user:m",
		"ticket:s/1 viewer tenant:acme#member", "ticket:s/2 viewer tenant:acme#member", "ticket:s/2 viewer user:*",
		"document:s/1 parent folder:s/1", "folder:s/1 viewer tenant:acme#member", "document:s/2 tenant tenant:acme", "document:s/2 viewer user:a",
		"comment:s/1 ticket ticket:s/1", "comment:s/1 audience user:a", "comment:s/2 ticket ticket:s/1", "comment:s/2 everyone user:*",
		"project:s/r viewer tenant:acme#member", "security_level:s/l cleared project:s/r#viewer",
		"ticket:s/3 project project:s/p", "ticket:s/3 level security_level:s/l", "ticket:s/4 project project:s/r", "ticket:s/4 level security_level:s/l",
	))
	for object, want := range map[eyeshot.Object][]any{
		"ticket:s/3": {false, false, 1}, "ticket:s/4": {true, false, 1},
		"ticket:s/1": {true, false, 1}, "ticket:s/2": {true, true, -1}, "document:s/1": {true, false, 1}, "document:s/2": {false, false, 1},
		"comment:s/1": {false, false, 1}, "comment:s/2": {true, false, 1},
	} {
		people, err := e.Of(t.Context(), object, "can_read")
		require.NoError(t, err)
		require.Equal(t, want, []any{people.Tenant, people.Everyone, people.Count()}, object)
	}
}
