package worlds_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/bench/openfga"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
)

func graded(seed uint64) *worlds.Graded {
	return worlds.NewGraded(worlds.GradedSize{Documents: 2000, Dimension: 16, Shares: []float64{0.001, 0.05, 0.5, 1}, PerGrade: 2}, seed)
}

func TestEachPrincipalMayReadExactlyItsShare(t *testing.T) {
	w := graded(1)
	schema, err := openfga.Model()
	require.NoError(t, err)
	index, err := authzsync.Open(t.Context(), &worlds.Static{Relationships: w.Relationships, Schema: schema}, authzsync.Options{})
	require.NoError(t, err)
	require.Len(t, w.Principals, 8)
	for _, p := range w.Principals {
		require.EqualValues(t, max(int(p.Share*2000), 1), p.Allowed.GetCardinality())
		_, upper := index.View().Allowed(eyeshot.Subject(p.Subject), "can_read", "ticket")
		require.Equal(t, p.Allowed.GetCardinality(), upper.GetCardinality(), "%s", p.Subject)
		for _, i := range p.Allowed.ToArray() {
			ordinal, known := index.View().Numbering().Ordinal(w.Objects[i])
			require.True(t, known && upper.Contains(ordinal), "%s reads %s", p.Subject, w.Objects[i])
		}
	}
}

func TestTheSameSeedMakesTheSameWorldToTheBit(t *testing.T) {
	require.Equal(t, graded(1), graded(1))
	require.NotEqual(t, graded(1).Relationships, graded(2).Relationships)
	a, b := graded(1), graded(1)
	require.Equal(t, a.Query(rand.New(rand.NewPCG(1, 1)), a.Principals[0]), b.Query(rand.New(rand.NewPCG(1, 1)), b.Principals[0]))
	size := worlds.CompanyOf(2000)
	require.Equal(t, worlds.Company(size, 1), worlds.Company(size, 1))
}

func TestDocumentsOfAProjectAreNearerToEachOtherThanToOthers(t *testing.T) {
	w := graded(1)
	project := map[int]eyeshot.Subject{}
	for i, object := range w.Objects {
		for _, r := range w.Relationships {
			if r.Object == object && r.Relation == "project" {
				project[i] = r.Subject
			}
		}
		if i == 100 {
			break
		}
	}
	var inside, outside, nInside, nOutside float64
	for i, p := range project {
		for j, q := range project {
			switch {
			case i == j:
			case p == q:
				inside, nInside = inside+dot(w.Vectors[i], w.Vectors[j]), nInside+1
			default:
				outside, nOutside = outside+dot(w.Vectors[i], w.Vectors[j]), nOutside+1
			}
		}
	}
	require.Greater(t, inside/nInside, outside/nOutside+0.2)
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
