package authzsync_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/memfga"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
)

func open(t *testing.T, source authzsync.Source, options authzsync.Options) *authzsync.Index {
	t.Helper()
	index, err := authzsync.Open(t.Context(), source, options)
	require.NoError(t, err)
	return index
}

// allowed lists the upper bound.
func allowed(index *authzsync.Index, subject eyeshot.Subject, relation, typ string) []eyeshot.Object {
	view := index.View()
	_, upper := view.Allowed(subject, relation, typ)
	var objects []eyeshot.Object
	for ordinal := range roaring.Values(upper) {
		object, _ := view.Numbering().Object(typ, ordinal)
		objects = append(objects, object)
	}
	slices.Sort(objects)
	return objects
}

// shipped is the model that ships with Eyeshot.
func shipped(t testing.TB) *authz.Model {
	t.Helper()
	parsed, err := parseShipped()
	require.NoError(t, err)
	return parsed
}

var parseShipped = sync.OnceValues(func() (*authz.Model, error) { return parseDSL(model.DSL()) })

func parse(t testing.TB, dsl string) *authz.Model {
	t.Helper()
	parsed, err := parseDSL(dsl)
	require.NoError(t, err)
	return parsed
}

func parseDSL(dsl string) (*authz.Model, error) {
	encoded, err := model.JSON(dsl)
	if err != nil {
		return nil, err
	}
	return authz.ParseModel(encoded)
}

// tail is an index that follows a store in memory, on a clock of the test's.
type tail struct {
	*testing.T
	store *memfga.Store
	clock *memfga.Clock
	index *authzsync.Index
}

func follow(t *testing.T, lines ...string) *tail {
	t.Helper()
	clock := memfga.NewClock()
	store := memfga.New(shipped(t))
	store.Now = clock.Now
	f := &tail{T: t, store: store, clock: clock}
	f.elsewhere(lines...)
	f.index = open(t, store, authzsync.Options{Clock: clock})
	return f
}

// elsewhere writes as another process would.
func (f *tail) elsewhere(lines ...string) {
	f.Helper()
	require.NoError(f, f.store.Write(f.Context(), authztest.Tuples(f, lines...), nil))
}

func (f *tail) elsewhereDelete(lines ...string) {
	f.Helper()
	require.NoError(f, f.store.Write(f.Context(), nil, authztest.Tuples(f, lines...)))
}

func (f *tail) writer() *authzsync.Writer { return authzsync.NewWriter(f.store, f.index) }

func (f *tail) write(lines ...string) {
	f.Helper()
	require.NoError(f, f.writer().Write(f.Context(), authztest.Tuples(f, lines...), nil))
}

func (f *tail) delete(lines ...string) {
	f.Helper()
	require.NoError(f, f.writer().Write(f.Context(), nil, authztest.Tuples(f, lines...)))
}

func (f *tail) poll() {
	f.Helper()
	require.NoError(f, f.index.Poll(f.Context()))
}

// has reports whether the index holds a relationship, seen through a relation
// that is written directly.
func (f *tail) has(line string) bool {
	f.Helper()
	r := authztest.Tuples(f, line)[0]
	return slices.Contains(allowed(f.index, r.Subject, r.Relation, r.Object.Type()), r.Object)
}
