package authzsync_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/worlds"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

// TestBoundsEnfoldWhatOpenFGASays draws a model and relationships, writes them
// to OpenFGA, and holds the index to the answers of its Check. The relationships
// were written under another model than the one that counts, so some of them
// are not allowed any more.
func TestBoundsEnfoldWhatOpenFGASays(t *testing.T) {
	t.Run("with conditions and subtractions", func(t *testing.T) {
		judge(t, worlds.Features{Conditions: true, Subtraction: true}, false)
	})
	t.Run("exactly, without either", func(t *testing.T) {
		judge(t, worlds.Features{}, true)
	})
}

func judge(t *testing.T, features worlds.Features, exact bool) {
	client := authztest.New(t)
	judged := 0
	rapid.Check(t, func(rt *rapid.T) {
		before, now := worlds.Model(rt, features), worlds.Model(rt, features)
		id, err := client.CreateStore(t.Context(), "drawn")
		require.NoError(rt, err)
		relationships := worlds.Tuples(rt, before, 25)
		if !writeModel(t, rt, client, id, before) {
			return
		}
		require.NoError(rt, client.Store(id, "").Write(t.Context(), relationships, nil))
		if !writeModel(t, rt, client, id, now) {
			return
		}
		judged++
		holdTo(t, rt, client.Store(id, ""), now, exact)
	})
	t.Logf("%d worlds judged", judged)
	require.Positive(t, judged, "OpenFGA refused every model that was drawn")
}

// writeModel reports false for a model that OpenFGA refuses, such as one with a
// relation that nobody can ever have.
func writeModel(t *testing.T, rt *rapid.T, client *authz.Client, id string, model *authz.Model) bool {
	encoded, err := worlds.JSON(model)
	require.NoError(rt, err)
	_, err = client.Store(id, "").WriteModel(t.Context(), encoded)
	if errors.Is(err, eyeshot.ErrInvalid) {
		return false
	}
	require.NoError(rt, err)
	return true
}

func holdTo(t *testing.T, rt *rapid.T, store *authz.Store, model *authz.Model, exact bool) {
	index, err := authzsync.Open(t.Context(), store, authzsync.Options{})
	require.NoError(rt, err)
	view := index.View()
	checks := draw(rt, model)
	for _, met := range []bool{false, true} {
		verdicts, err := store.BatchCheck(t.Context(), checks, authz.CheckContext{"met": met})
		require.NoError(rt, err)
		for i, c := range checks {
			require.NoError(rt, verdicts[i].Err)
			low, up := view.Allowed(c.Subject, c.Relation, c.Object.Type())
			ordinal, known := view.Numbering().Ordinal(c.Object)
			lower, upper := known && low.Contains(ordinal), known && up.Contains(ordinal)
			truth := verdicts[i].Allowed
			if lower && !truth || truth && !upper || exact && (lower != truth || upper != truth) {
				rt.Fatalf("%s#%s@%s, conditions met %v: lower %v, OpenFGA %v, upper %v", c.Object, c.Relation, c.Subject, met, lower, truth, upper)
			}
		}
	}
}

// draw picks questions; asking all of them takes too long.
func draw(rt *rapid.T, model *authz.Model) []authz.Check {
	subjects, refs := worlds.Subjects(model), worlds.Refs(model)
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) authz.Check {
		typ := rapid.SampledFrom([]string{worlds.Group, worlds.Folder, worlds.Doc}).Draw(rt, "type")
		return authz.Check{
			Subject:  rapid.SampledFrom(subjects).Draw(rt, "subject"),
			Relation: rapid.SampledFrom(refs[typ]).Draw(rt, "relation"),
			Object:   rapid.SampledFrom(worlds.Objects(typ)).Draw(rt, "object"),
		}
	}), 60, 60).Draw(rt, "checks")
}
