package embedded

import (
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// BenchmarkChoose measures how long it takes to turn a bitmap of documents into
// rows; ns/document should be a few.
func BenchmarkChoose(b *testing.B) {
	const documents = 100_000
	tenant := newTenant(1, store.EmbeddingModel{}, newSnapshot(newColumns(keyword.NewTokenizer(), 2), pages{}, 0))
	var added change
	for i, number := range rand.New(rand.NewPCG(1, 2)).Perm(documents) { // not in the order of ordinals
		added.added = append(added.added, stored{record: recordOf(ticketObject(number), "text", "more"), chunkIDs: []int64{int64(2 * i), int64(2*i + 1)}})
	}
	tenant.apply(added)
	state, numbering := tenant.current.Load(), &counted{epoch: 1}
	scratch := &choiceMemory{}
	for name, every := range map[string]int{"all": 1, "5%": 20, "1%": 100, "0.1%": 1000} {
		bitmap := roaring.New()
		for ordinal := 0; ordinal < documents; ordinal += every {
			bitmap.Add(uint32(ordinal))
		}
		access := store.AccessDocuments(store.NewDocumentSet(numbering, map[string]*roaring.Bitmap{"ticket": bitmap}))
		for _, way := range []store.Way{store.Exact, store.Filtered} {
			b.Run(name+"/"+way.String(), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					state.allowed(access.By(store.Route{Way: way}), scratch)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(bitmap.GetCardinality()), "ns/document")
			})
		}
	}
}
