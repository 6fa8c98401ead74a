package filters_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// scripted answers as the test says; it is a fault layer, not a stand-in for
// OpenFGA.
type scripted func(ctx context.Context, checks []authz.Check) ([]authz.Verdict, error)

func (s scripted) BatchCheck(ctx context.Context, checks []authz.Check, _ authz.CheckContext) ([]authz.Verdict, error) {
	return s(ctx, checks)
}

var alice = eyeshot.Principal{Tenant: "acme", Subject: "user:alice"}

func newGate(t *testing.T) *filters.Gate {
	t.Helper()
	gate, err := filters.NewGate(filters.DefaultPolicy(), nil)
	require.NoError(t, err)
	return gate
}

func outcomes(decisions []filters.Decision) []filters.Outcome {
	var out []filters.Outcome
	for _, decision := range decisions {
		out = append(out, decision.Outcome)
	}
	return out
}

func TestTheGateAllowsWhatOpenFGAAllowsAndNothingElse(t *testing.T) {
	fga := authztest.NewStore(t, "")
	authztest.Write(t, fga, "ticket:a/1#viewer@user:alice", "ticket:a/2#viewer@user:bob", "document:a/3#viewer@user:alice")
	decisions, err := newGate(t).Decide(t.Context(), fga, alice,
		[]eyeshot.Object{"ticket:a/1", "ticket:a/2", "document:a/3", "ticket:a/none", "project:a/P", "nonsense:a/1"})
	require.NoError(t, err)
	require.Equal(t, []filters.Outcome{filters.Allow, filters.Deny, filters.Allow, filters.Deny, filters.Deny, filters.Deny}, outcomes(decisions))
	for _, decision := range decisions {
		permit, ok := decision.Permit()
		require.Equal(t, decision.Outcome == filters.Allow, ok)
		if ok {
			require.Equal(t, decision.Object, permit.Object())
		}
	}
}

func TestAnAgentNeedsTheUsersPermissionAndTheDelegationAndTheTask(t *testing.T) {
	fga := authztest.NewStore(t, "")
	authztest.Write(t, fga,
		"ticket:a/both#viewer@user:alice", "ticket:a/both#delegated_read@delegation:alice~bot", "ticket:a/both#task_read@task:1",
		"ticket:a/untasked#viewer@user:alice", "ticket:a/untasked#delegated_read@delegation:alice~bot",
		"ticket:a/user#viewer@user:alice",
		"ticket:a/agent#delegated_read@delegation:alice~bot",
		"ticket:a/other#viewer@user:alice", "ticket:a/other#delegated_read@delegation:bob~bot",
	)
	objects := []eyeshot.Object{"ticket:a/both", "ticket:a/untasked", "ticket:a/user", "ticket:a/agent", "ticket:a/other"}
	through := alice
	through.Actor = "agent:bot"
	decisions, err := newGate(t).Decide(t.Context(), fga, through, objects)
	require.NoError(t, err)
	require.Equal(t, []filters.Outcome{filters.Allow, filters.Allow, filters.Deny, filters.Deny, filters.Deny}, outcomes(decisions))
	through.Task = "task:1"
	decisions, err = newGate(t).Decide(t.Context(), fga, through, objects)
	require.NoError(t, err)
	require.Equal(t, []filters.Outcome{filters.Allow, filters.Deny, filters.Deny, filters.Deny, filters.Deny}, outcomes(decisions))
}

func TestADelegationThatHasExpiredAllowsNothing(t *testing.T) {
	fga := authztest.NewStore(t, "")
	expires := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	require.NoError(t, fga.Write(t.Context(), append(authztest.Tuples(t, "ticket:a/1#viewer@user:alice"), eyeshot.Relationship{
		Object: "ticket:a/1", Relation: "delegated_read", Subject: "delegation:alice~bot",
		Condition: &eyeshot.Condition{Name: "unexpired", Context: map[string]any{"expires_at": expires.Format(time.RFC3339)}},
	}), nil))
	through := eyeshot.Principal{Tenant: "acme", Subject: "user:alice", Actor: "agent:bot"}
	for at, want := range map[time.Time]filters.Outcome{expires.Add(-time.Second): filters.Allow, expires: filters.Deny, expires.Add(time.Hour): filters.Deny} {
		gate, err := filters.NewGate(filters.DefaultPolicy(), func() time.Time { return at })
		require.NoError(t, err)
		decisions, err := gate.Decide(t.Context(), fga, through, []eyeshot.Object{"ticket:a/1"})
		require.NoError(t, err)
		require.Equal(t, want, decisions[0].Outcome, at)
	}
}

func TestTheZeroPrincipalIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	asked := scripted(func(context.Context, []authz.Check) ([]authz.Verdict, error) {
		t.Error("OpenFGA was asked")
		return nil, nil
	})
	_, err := newGate(t).Decide(t.Context(), asked, eyeshot.Principal{}, []eyeshot.Object{"ticket:a/1"})
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
}

func TestACheckThatCannotBeAnsweredIsADenial(t *testing.T) {
	down := errors.New("down")
	partly := scripted(func(_ context.Context, checks []authz.Check) ([]authz.Verdict, error) {
		out := make([]authz.Verdict, len(checks))
		for i := range out {
			out[i] = authz.Verdict{Allowed: true}
		}
		out[1] = authz.Verdict{Allowed: true, Err: down}
		return out, nil
	})
	decisions, err := newGate(t).Decide(t.Context(), partly, alice, []eyeshot.Object{"ticket:a/1", "ticket:a/2", "ticket:a/3"})
	require.NoError(t, err)
	require.Equal(t, []filters.Outcome{filters.Allow, filters.Deny, filters.Allow}, outcomes(decisions))
	require.ErrorIs(t, decisions[1].Err, down)
	_, ok := decisions[1].Permit()
	require.False(t, ok)
}

func TestWhenNothingCanBeAnsweredTheGateFails(t *testing.T) {
	for name, checker := range map[string]scripted{
		"an error": func(context.Context, []authz.Check) ([]authz.Verdict, error) {
			return nil, eyeshot.ErrUnavailable
		},
		"errors everywhere": func(_ context.Context, checks []authz.Check) ([]authz.Verdict, error) {
			out := make([]authz.Verdict, len(checks))
			for i := range out {
				out[i].Err = errors.New("down")
			}
			return out, nil
		},
		"a short answer": func(_ context.Context, checks []authz.Check) ([]authz.Verdict, error) {
			return []authz.Verdict{{Allowed: true}}, nil
		},
		"a long answer": func(_ context.Context, checks []authz.Check) ([]authz.Verdict, error) {
			return make([]authz.Verdict, len(checks)+1), nil
		},
	} {
		_, err := newGate(t).Decide(t.Context(), checker, alice, []eyeshot.Object{"ticket:a/1", "ticket:a/2"})
		require.ErrorIs(t, err, eyeshot.ErrUnavailable, name)
	}
}

func TestAPolicyThatLeavesAPartUncheckedIsRefused(t *testing.T) {
	for _, policy := range []filters.Policy{nil, {"ticket": {}}, {"ticket": {Read: "r", Delegated: "d"}}, {"ticket": {Read: "r", Task: "t"}}} {
		_, err := filters.NewGate(policy, nil)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

// recordings is a content reader that remembers whether it was reached.
type recordings struct{ reached bool }

func (r *recordings) Document(context.Context, string, eyeshot.Object) (store.Record, error) {
	r.reached = true
	return store.Record{}, nil
}

func (r *recordings) Passages(context.Context, string, []eyeshot.ChunkRef) ([]store.Passage, error) {
	r.reached = true
	return nil, nil
}

func (r *recordings) Hashes(context.Context, string, []eyeshot.Object) (map[eyeshot.Object]string, error) {
	return nil, nil
}

func TestContentOpensForAPermitAndForNothingElse(t *testing.T) {
	allow := scripted(func(_ context.Context, checks []authz.Check) ([]authz.Verdict, error) {
		return []authz.Verdict{{Allowed: true}}, nil
	})
	permitFor := func(tenant string) filters.Permit {
		decisions, err := newGate(t).Decide(t.Context(), allow, eyeshot.Principal{Tenant: tenant, Subject: "user:alice"}, []eyeshot.Object{"ticket:a/1"})
		require.NoError(t, err)
		permit, ok := decisions[0].Permit()
		require.True(t, ok)
		return permit
	}
	one, two := eyeshot.ChunkRef{Object: "ticket:a/1"}, eyeshot.ChunkRef{Object: "ticket:a/2"}
	for name, try := range map[string]struct {
		permits []filters.Permit
		refs    []eyeshot.ChunkRef
	}{
		"no permit":            {nil, []eyeshot.ChunkRef{one}},
		"the zero permit":      {[]filters.Permit{{}}, []eyeshot.ChunkRef{{}}},
		"another's permit":     {[]filters.Permit{permitFor("acme")}, []eyeshot.ChunkRef{two}},
		"permits of two":       {[]filters.Permit{permitFor("acme"), permitFor("other")}, []eyeshot.ChunkRef{one, one}},
		"one permit, two refs": {[]filters.Permit{permitFor("acme")}, []eyeshot.ChunkRef{one, two}},
	} {
		reader := &recordings{}
		_, err := filters.NewContent(reader).Passages(t.Context(), try.permits, try.refs)
		require.ErrorIs(t, err, eyeshot.ErrInvalid, name)
		require.False(t, reader.reached, name)
	}
	reader := &recordings{}
	_, err := filters.NewContent(reader).Document(t.Context(), filters.Permit{})
	require.ErrorIs(t, err, eyeshot.ErrNotFound)
	require.False(t, reader.reached)
	_, err = filters.NewContent(reader).Passages(t.Context(), []filters.Permit{permitFor("acme")}, []eyeshot.ChunkRef{one})
	require.NoError(t, err)
	require.True(t, reader.reached)
}
