package worlds_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/bench/openfga"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
)

// list is a small access list: one user has everything, one half, two a little.
const list = "      all          a\nall b\nall c\nall d\nhalf a\nhalf b\nfew d\nfew d\n\nfew-too d\n"

func matrix(t *testing.T, text string) (*worlds.Matrix, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.txt")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return worlds.ReadMatrix(path)
}

func size(shares ...float64) worlds.GradedSize {
	return worlds.GradedSize{Documents: 500, Dimension: 8, Shares: shares, PerGrade: 1}
}

func TestAnAccessListBecomesAWorldWhosePrincipalsReadWhatItSays(t *testing.T) {
	m, err := matrix(t, list)
	require.NoError(t, err)
	w, err := worlds.FromMatrix(size(0.001, 1), m, 1)
	require.NoError(t, err)
	require.Equal(t, []float64{1}, w.Shares, "nobody reads one in a thousand")
	require.Len(t, w.Principals, 1)
	require.Equal(t, eyeshot.Object("user:acl-all"), w.Principals[0].Subject)
	require.EqualValues(t, 500, w.Principals[0].Allowed.GetCardinality())
	said := w.Describe()
	require.Equal(t, "list.txt", said["acl"])
	require.Equal(t, m.SHA256, said["acl sha256"])
	require.Equal(t, 8, said["grants"], "one line is there twice")
	require.Equal(t, []float64{0.001}, said["shares that too few users have"])
	again, err := worlds.FromMatrix(size(0.001, 1), m, 1)
	require.NoError(t, err)
	require.Equal(t, w, again)

	_, err = worlds.FromMatrix(size(0.00001), m, 1)
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}

func TestAPackedListIsTheSameList(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(list))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	a, err := matrix(t, list)
	require.NoError(t, err)
	b, err := matrix(t, packed.String())
	require.NoError(t, err)
	require.NotEqual(t, a.SHA256, b.SHA256, "it is of the file as it lies there")
	b.SHA256 = a.SHA256
	require.Equal(t, a, b)
}

func TestWhatIsNoAccessListIsRefusedWithTheLine(t *testing.T) {
	for text, says := range map[string]string{
		"":                         "has no line",
		"a 1\nb\n":                 "line 2",
		"a 1 2\n":                  "line 1",
		"a:x 1\n":                  "line 1",
		"a project:jira/P0#view\n": "line 1",
		"\x1f\x8b broken":          "gzip",
	} {
		_, err := matrix(t, text)
		require.ErrorIs(t, err, eyeshot.ErrInvalid, "%q", text)
		require.ErrorContains(t, err, says)
	}
	_, err := worlds.ReadMatrix(filepath.Join(t.TempDir(), "absent"))
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}

func TestARealAccessListHasPrincipalsOfManyGrades(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "data", "acl", "americas_small.txt.gz")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the real access lists are not beside this clone: " + path)
	}
	m, err := worlds.ReadMatrix(path)
	require.NoError(t, err)
	w, err := worlds.FromMatrix(worlds.GradedSize{Documents: 5000, Dimension: 8, Shares: []float64{0.001, 0.01, 0.05, 0.2}, PerGrade: 2}, m, 1)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(w.Shares), 3)
	require.Len(t, w.Principals, 2*len(w.Shares))
	holdsWhatItSays(t, w)
}

func TestLabelsAndWhoHoldsThemSayExactlyWhoMayRead(t *testing.T) {
	m, err := matrix(t, list)
	require.NoError(t, err)
	real, err := worlds.FromMatrix(size(1), m, 1)
	require.NoError(t, err)
	for _, w := range []*worlds.Graded{graded(1), real} {
		holdsWhatItSays(t, w)
	}
}

// holdsWhatItSays compares, for every user, what labels say with what the
// permission index says of the relationships.
func holdsWhatItSays(t *testing.T, w *worlds.Graded) {
	t.Helper()
	schema, err := openfga.Model()
	require.NoError(t, err)
	index, err := authzsync.Open(t.Context(), &worlds.Static{Relationships: w.Relationships, Schema: schema}, authzsync.Options{})
	require.NoError(t, err)
	opened := map[eyeshot.Subject][]eyeshot.Object{} // by label
	for i, labels := range w.Labels() {
		for _, label := range labels {
			opened[label] = append(opened[label], w.Objects[i])
		}
	}
	held := w.Held()
	require.GreaterOrEqual(t, len(held), len(w.Principals))
	for user, holds := range held {
		reads := roaring.New()
		for _, label := range holds {
			for _, object := range opened[label] {
				ordinal, known := index.View().Numbering().Ordinal(object)
				require.True(t, known)
				reads.Add(ordinal)
			}
		}
		_, upper := index.View().Allowed(user, "can_read", "ticket")
		require.Equal(t, upper.ToArray(), reads.ToArray(), "%s", user)
	}
	for _, p := range w.Principals {
		_, upper := index.View().Allowed(eyeshot.Subject(p.Subject), "can_read", "ticket")
		require.Equal(t, upper.GetCardinality(), p.Allowed.GetCardinality(), "%s", p.Subject)
	}
}
