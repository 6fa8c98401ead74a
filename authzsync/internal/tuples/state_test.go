package tuples_test

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/worlds"
	companies "github.com/eyeshot-dev/eyeshot/bench/worlds"
)

func state(t require.TestingT, relationships []eyeshot.Relationship) *tuples.State {
	n, err := numbering.New()
	require.NoError(t, err)
	edit := tuples.Empty(n).Edit()
	for _, r := range relationships {
		_, err := edit.Write(r, numbering.Container{})
		require.NoError(t, err)
	}
	return edit.Done()
}

func drawState(t *rapid.T) (*tuples.State, []eyeshot.Relationship) {
	model := worlds.Model(t, worlds.Features{Conditions: true})
	all := worlds.Tuples(t, model, 40)
	for i := range all {
		if all[i].Condition != nil {
			all[i].Condition.Context = nil // a state keeps the name alone
		}
	}
	return state(t, all), all
}

func listed(s *tuples.State) []eyeshot.Relationship { return sorted(slices.Collect(s.All())) }

func sorted(all []eyeshot.Relationship) []eyeshot.Relationship {
	slices.SortFunc(all, func(a, b eyeshot.Relationship) int { return cmp.Compare(a.String(), b.String()) })
	return all
}

func everything(tuples.Slot) bool { return true }

func TestAStateHoldsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := drawState(t)
		require.Empty(t, gocmp.Diff(sorted(want), listed(s)))
		require.Equal(t, len(want), s.Len())
		for _, r := range want {
			condition, ok := s.Has(r.Key())
			require.True(t, ok)
			require.Equal(t, r.Condition != nil, condition != "")
		}
	})
}

func TestReorderingAndEncodingKeepEveryRelationship(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := drawState(t)
		reordered, err := s.Reorder(everything)
		require.NoError(t, err)
		require.Empty(t, gocmp.Diff(sorted(want), listed(reordered)))
		require.Equal(t, len(want), reordered.Len())
		var encoded bytes.Buffer
		require.NoError(t, reordered.Encode(&encoded))
		decoded, err := tuples.Decode(encoded.Bytes())
		require.NoError(t, err)
		require.Empty(t, gocmp.Diff(sorted(want), listed(decoded)))
		require.Equal(t, len(want), decoded.Len())
	})
}

func TestALargeStateSurvivesEncoding(t *testing.T) {
	want := companies.Company(companies.CompanyOf(5_000), 1)
	s, err := state(t, want).Reorder(everything)
	require.NoError(t, err)
	var encoded bytes.Buffer
	require.NoError(t, s.Encode(&encoded))
	decoded, err := tuples.Decode(encoded.Bytes())
	require.NoError(t, err)
	require.Equal(t, listed(s), listed(decoded))
}

func TestWhatIsCutOffOrChangedIsAnErrorOrAnotherStateAndNeverAPanic(t *testing.T) {
	s, err := state(t, companies.Company(companies.CompanyOf(200), 1)).Reorder(everything)
	require.NoError(t, err)
	var encoded bytes.Buffer
	require.NoError(t, s.Encode(&encoded))
	for i := range encoded.Len() {
		_, err := tuples.Decode(encoded.Bytes()[:i])
		require.Error(t, err, "cut off after %d bytes", i)
	}
	rapid.Check(t, func(t *rapid.T) {
		damaged := bytes.Clone(encoded.Bytes())
		for range rapid.IntRange(1, 4).Draw(t, "damages") {
			damaged[rapid.IntRange(0, len(damaged)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		if decoded, err := tuples.Decode(damaged); err == nil {
			listed(decoded)
		}
	})
}

func TestObjectsOfOneContainerAreNeighboursInTheirNewOrder(t *testing.T) {
	s, err := state(t, companies.Company(companies.CompanyOf(40_000), 1)).Reorder(func(slot tuples.Slot) bool { return slot.SubjectType != "user" })
	require.NoError(t, err)
	project := tuples.Slot{Type: "ticket", Relation: "project", SubjectType: "project"}
	for source, set := range s.Table(project, "").All() {
		tickets := slices.Collect(set.All())
		require.Equal(t, len(tickets)-1, int(tickets[len(tickets)-1]-tickets[0]), "the tickets of project %d are scattered", source)
	}
}

func TestObjectsThatNothingNamesAreGoneAfterReordering(t *testing.T) {
	s := state(t, []eyeshot.Relationship{{Subject: "user:a", Relation: "viewer", Object: "doc:1"}, {Subject: "user:b", Relation: "viewer", Object: "doc:2"}})
	edit := s.Edit()
	require.True(t, edit.Delete(eyeshot.RelationshipKey{Subject: "user:a", Relation: "viewer", Object: "doc:1"}))
	next := edit.Done()
	require.Equal(t, 4, next.Objects())
	reordered, err := next.Reorder(everything)
	require.NoError(t, err)
	require.Equal(t, 2, reordered.Objects())
}

func TestContainersInACircleAreOrderedAllTheSame(t *testing.T) {
	s := state(t, []eyeshot.Relationship{
		{Subject: "folder:a", Relation: "parent", Object: "folder:b"},
		{Subject: "folder:b", Relation: "parent", Object: "folder:a"},
		{Subject: "folder:c", Relation: "parent", Object: "folder:c"},
		{Subject: "folder:b", Relation: "parent", Object: "doc:1"},
	})
	reordered, err := s.Reorder(everything)
	require.NoError(t, err)
	require.Equal(t, listed(s), listed(reordered))
}

func TestAWriteUnderAnotherConditionReplacesTheOldOne(t *testing.T) {
	r := eyeshot.Relationship{Subject: "user:a", Relation: "viewer", Object: "doc:1"}
	conditional := r
	conditional.Condition = &eyeshot.Condition{Name: "when"}
	s := state(t, []eyeshot.Relationship{r, conditional})
	require.Equal(t, []eyeshot.Relationship{conditional}, listed(s))
	require.Equal(t, 1, s.Len())
}

func TestWhatIsNoRelationshipIsRefused(t *testing.T) {
	edit := state(t, nil).Edit()
	for _, r := range []eyeshot.Relationship{
		{}, {Subject: "user:a", Object: "doc:1"}, {Subject: "alice", Relation: "viewer", Object: "doc:1"},
		{Subject: "user:a", Relation: "viewer", Object: "doc"}, {Subject: "user:*#x", Relation: "viewer", Object: "doc:1"},
	} {
		_, err := edit.Write(r, numbering.Container{})
		require.Error(t, err, r)
		require.True(t, errors.Is(err, eyeshot.ErrInvalid))
		require.False(t, edit.Delete(r.Key()))
	}
	require.Zero(t, edit.Done().Len())
}

func TestMissingListsWhatTheOtherStateDoesNotHold(t *testing.T) {
	n, err := numbering.New()
	require.NoError(t, err)
	a, b := tuples.Empty(n).Edit(), tuples.Empty(n).Edit()
	both := eyeshot.Relationship{Subject: "user:a", Relation: "viewer", Object: "doc:1"}
	mine := eyeshot.Relationship{Subject: "user:b", Relation: "viewer", Object: "doc:1"}
	for _, e := range []*tuples.Edit{a, b} {
		_, err := e.Write(both, numbering.Container{})
		require.NoError(t, err)
	}
	_, err = a.Write(mine, numbering.Container{})
	require.NoError(t, err)
	x, y := a.Done(), b.Done()
	require.Equal(t, []eyeshot.Relationship{mine}, slices.Collect(x.Missing(y)))
	require.Empty(t, slices.Collect(y.Missing(x)))
}
