package migrate

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

const (
	sampled   = 100  // documents that a search of the sample looks at
	depth     = 10   // hits that are compared
	tolerance = 1e-3 // of similarities: a store may keep vectors in half precision
)

// compare searches both stores for passages that they hold, exactly, among the
// documents around them, and holds the answers to each other.
func (m *migration) compare(ctx context.Context) error {
	if m.options.Sample < 0 || m.report.Documents == 0 {
		return nil
	}
	random := rand.New(rand.NewPCG(uint64(m.report.Documents), 29)) // the same documents each time
	after := eyeshot.Object("")
	for range m.options.Sample {
		records, err := m.from.Export(ctx, m.options.Tenant, after, sampled)
		if err != nil {
			return fmt.Errorf("read the source: %w", err)
		}
		if len(records) == 0 { // past the end: from the beginning again
			after = ""
			continue
		}
		if err := m.compareAround(ctx, records, random.IntN(len(records))); err != nil {
			return err
		}
		after = records[len(records)-1].Object
	}
	return nil
}

// compareAround asks both stores for what is like a passage of one record, among
// all of the records.
func (m *migration) compareAround(ctx context.Context, records []store.Record, i int) error {
	if len(records[i].Chunks) == 0 {
		return nil
	}
	query := store.Query{Vector: records[i].Chunks[0].Vector, Access: accessTo(records).By(store.Route{Way: store.Exact})}
	want, err := top(ctx, m.from, m.options.Tenant, query)
	if err != nil {
		return fmt.Errorf("search the source: %w", err)
	}
	got, err := top(ctx, m.to, m.options.Tenant, query)
	if err != nil {
		return fmt.Errorf("search the target: %w", err)
	}
	if !alike(want, got) {
		return fmt.Errorf("%w: a search for what is like %s finds other passages in the target than in the source", eyeshot.ErrConflict, records[i].Object)
	}
	m.report.Compared++
	return nil
}

func top(ctx context.Context, from *store.Service, tenant string, query store.Query) ([]store.Hit, error) {
	lists, err := from.Search(ctx, tenant, query)
	if err != nil {
		return nil, err
	}
	defer lists.Close()
	return lists.Semantic.Next(ctx, depth)
}

// alike says whether two lists have the same similarities at the same ranks.
// Which of two passages that are equally similar comes first may differ.
func alike(a, b []store.Hit) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Abs(float64(a[i].Score-b[i].Score)) > tolerance {
			return false
		}
	}
	return true
}

// accessTo numbers records by their place.
func accessTo(records []store.Record) store.Access {
	n := &places{epoch: rand.Uint64(), ordinals: map[eyeshot.Object]uint32{}}
	byType := map[string]*roaring.Bitmap{}
	for i, object := range objectsOf(records) {
		n.objects = append(n.objects, object)
		n.ordinals[object] = uint32(i)
		if byType[object.Type()] == nil {
			byType[object.Type()] = roaring.New()
		}
		byType[object.Type()].Add(uint32(i))
	}
	return store.AccessDocuments(store.NewDocumentSet(n, byType))
}

// places is a numbering by place in a list.
type places struct {
	epoch    uint64
	objects  []eyeshot.Object
	ordinals map[eyeshot.Object]uint32
}

// Epoch implements [store.Numbering].
func (p *places) Epoch() uint64 { return p.epoch }

// Ordinal implements [store.Numbering].
func (p *places) Ordinal(object eyeshot.Object) (uint32, bool) {
	ordinal, known := p.ordinals[object]
	return ordinal, known
}

// Object implements [store.Numbering].
func (p *places) Object(typ string, ordinal uint32) (eyeshot.Object, bool) {
	if int(ordinal) >= len(p.objects) || p.objects[ordinal].Type() != typ {
		return "", false
	}
	return p.objects[ordinal], true
}
