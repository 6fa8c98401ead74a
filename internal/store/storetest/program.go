package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
)

func programTests() []test {
	return []test{
		{"RandomProgramsGiveTheAnswersOfTheReference", func(h *harness) {
			open := h.factory(h.T)
			rapid.Check(h.T, func(t *rapid.T) {
				p := newProgram(h.T, t, open)
				defer p.close()
				t.Repeat(p.operations())
			})
		}},
	}
}

// program runs the same operations on a driver and on the reference.
type program struct {
	*rapid.T
	test      *testing.T
	open      func() (store.Driver, error)
	real      *store.Service
	reference *store.Service
	numbering *Numbering
}

// newProgram begins with empty indexes, in the place of the programs before it:
// what they left must not be seen, and to make a place takes a driver as long as
// many a program.
func newProgram(test *testing.T, t *rapid.T, open func() (store.Driver, error)) *program {
	p := &program{T: t, test: test, open: open, reference: store.NewService(reference.New(), nil), numbering: NewNumbering()}
	p.reopen()
	for _, tenant := range []string{acme, other} {
		p.both(func(s *store.Service) error { return s.DropIndex(test.Context(), tenant) })
		p.both(func(s *store.Service) error { return s.Prepare(test.Context(), tenant, testModel()) })
	}
	return p
}

func (p *program) reopen() {
	driver, err := p.open()
	require.NoError(p, err)
	p.real = store.NewService(driver, nil)
}

func (p *program) close() { require.NoError(p, p.real.Close()) }

func (p *program) operations() map[string]func(*rapid.T) {
	operation := func(run func()) func(*rapid.T) {
		return func(t *rapid.T) {
			p.T = t
			run()
		}
	}
	return map[string]func(*rapid.T){
		"upsert":  operation(p.upsert),
		"delete":  operation(p.delete),
		"drop":    operation(p.drop),
		"search":  operation(p.search),
		"search2": operation(p.search), // twice as often as the others
		"search3": operation(p.search),
		"read":    operation(p.read),
		"reopen": operation(func() {
			p.close()
			p.reopen()
		}),
		"renumber": operation(func() { p.numbering = NewNumbering() }),
	}
}

// both runs an operation on both stores; they succeed or fail together.
func (p *program) both(run func(*store.Service) error) {
	p.Helper()
	want, got := run(p.reference), run(p.real)
	require.Equal(p, want == nil, got == nil, "the reference says %v, the driver %v", want, got)
	for _, kind := range []error{eyeshot.ErrInvalid, eyeshot.ErrConflict, eyeshot.ErrNotFound, eyeshot.ErrUnavailable} {
		if want != nil {
			require.Equal(p, isKind(want, kind), isKind(got, kind), "the reference says %v, the driver %v", want, got)
		}
	}
}

func (p *program) tenant() string {
	return rapid.SampledFrom([]string{acme, other}).Draw(p.T, "tenant")
}

func (p *program) upsert() {
	tenant, records := p.tenant(), rapid.SliceOfN(rapid.Custom(drawRecord), 1, 4).Draw(p.T, "records")
	p.both(func(s *store.Service) error { return s.Upsert(p.test.Context(), tenant, records) })
}

func (p *program) delete() {
	tenant, gone := p.tenant(), rapid.SliceOfN(rapid.Custom(drawObject), 0, 3).Draw(p.T, "objects")
	p.both(func(s *store.Service) error { return s.Delete(p.test.Context(), tenant, gone) })
}

func (p *program) drop() {
	tenant, again := p.tenant(), rapid.Bool().Draw(p.T, "prepare again")
	p.both(func(s *store.Service) error { return s.DropIndex(p.test.Context(), tenant) })
	if again {
		p.both(func(s *store.Service) error { return s.Prepare(p.test.Context(), tenant, testModel()) })
	}
}

func (p *program) search() {
	tenant, query := p.tenant(), p.drawQuery()
	page := rapid.SampledFrom([]int{1, 2, 5, 100}).Draw(p.T, "page")
	answers := map[*store.Service]answer{}
	p.both(func(s *store.Service) (err error) {
		answers[s], err = ask(p.test.Context(), s, tenant, query, page)
		return err
	})
	answers[p.reference].same(p.T, answers[p.real], p.real.Capabilities().OwnRanking)
}

func (p *program) read() {
	tenant, object := p.tenant(), drawObject(p.T)
	after, limit := eyeshot.Object(rapid.SampledFrom([]string{"", "doc", "ticket:a/5"}).Draw(p.T, "after")), rapid.IntRange(1, 9).Draw(p.T, "limit")
	answers := map[*store.Service][]any{}
	p.both(func(s *store.Service) error {
		ctx := p.test.Context()
		record, _ := s.Document(ctx, tenant, object)
		passages, err := s.Passages(ctx, tenant, []eyeshot.ChunkRef{ref(object, 1), ref(object, 0)})
		require.NoError(p, err)
		hashes, err := s.Hashes(ctx, tenant, allObjects())
		require.NoError(p, err)
		listed, err := s.Objects(ctx, tenant, after, limit)
		require.NoError(p, err)
		stats, err := s.Stats(ctx, tenant)
		require.NoError(p, err)
		answers[s] = []any{record, passages, slices.Sorted(maps.Keys(hashes)), hashes, listed, stats}
		_, err = s.Document(ctx, tenant, object)
		return err
	})
	require.Empty(p, sameRecord(answers[p.reference], answers[p.real]), "the reference is -, the driver +")
}

func allObjects() []eyeshot.Object {
	var all []eyeshot.Object
	for i := range 8 {
		all = append(all, eyeshot.Object(fmt.Sprintf("ticket:a/%d", i)), eyeshot.Object(fmt.Sprintf("doc:b/%d", i)))
	}
	return append(all, "page:alone", "ticket:a/PAY-1")
}
