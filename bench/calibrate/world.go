package calibrate

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// world is documents in clusters, as the texts of projects are. Whoever is in
// the first n of a cluster's groups reaches the first n of its documents.
type world struct {
	store     *store.Service
	options   Options
	rng       *rand.Rand
	centres   [][]float32
	documents int // that are in the store
}

const (
	clusters = 100
	wanted   = 10
	page     = 64 // hits that a search takes off a list at a time
	lot      = 1000
)

func newWorld(s *store.Service, options Options) *world {
	w := &world{store: s, options: options, rng: rand.New(rand.NewPCG(options.Seed, 17))}
	for range clusters {
		w.centres = append(w.centres, w.around(make([]float32, options.Dimension)))
	}
	return w
}

// around returns a unit vector near a centre, or anywhere near zero.
func (w *world) around(centre []float32) []float32 {
	v, sum := make([]float32, len(centre)), 0.0
	for i := range v {
		v[i] = centre[i] + float32(w.rng.NormFloat64())/float32(math.Sqrt(float64(len(v))))
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// text draws words as they are drawn in texts: few often, many seldom.
func (w *world) text(words int) string {
	all := make([]string, words)
	for i := range all {
		all[i] = fmt.Sprintf("word%d", int(math.Exp(w.rng.Float64()*math.Log(20_000))))
	}
	return strings.Join(all, " ")
}

// grow fills the store up to so many documents.
func (w *world) grow(ctx context.Context, to int) error {
	var records []store.Record
	for w.documents < to {
		records = append(records, w.record(w.documents))
		w.documents++
		if len(records) == lot || w.documents == to {
			if err := w.store.Upsert(ctx, Tenant, records); err != nil {
				return fmt.Errorf("fill the calibration's tenant: %w", err)
			}
			records = nil
		}
	}
	return nil
}

func (w *world) record(i int) store.Record {
	object := object(uint32(i))
	return store.Record{
		Object: object, Hash: "calibration", Readers: []eyeshot.Subject{group(i)},
		Chunks: []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: w.text(80), Vector: w.around(w.centres[i%clusters])}},
	}
}

func object(i uint32) eyeshot.Object {
	return eyeshot.Object(fmt.Sprintf("document:calibration/%09d", i))
}

// group reads every document whose number it has modulo 1,000.
func group(i int) eyeshot.Subject {
	return eyeshot.Subject(fmt.Sprintf("group:calibration-%03d#member", i%groups))
}

const groups = 1000

// access is to so many documents, of whole groups where there are enough.
func (w *world) access(numbering *dense, allowed, more int) (store.Access, []eyeshot.Subject) {
	in := (allowed*groups + w.documents - 1) / w.documents
	all := roaring.New()
	for i := 0; i < w.documents && int(all.GetCardinality()) < allowed; i++ {
		if i%groups < in {
			all.Add(uint32(i))
		}
	}
	var memberships []eyeshot.Subject
	for i := range in {
		memberships = append(memberships, group(i))
	}
	for i := range more { // groups that read nothing
		memberships = append(memberships, eyeshot.Subject(fmt.Sprintf("group:calibration-none-%05d#member", i)))
	}
	slices.Sort(memberships)
	return store.AccessDocuments(store.NewDocumentSet(numbering, map[string]*roaring.Bitmap{"document": all})), memberships
}

// search is what the planner's estimate is of: both lists, and a page of each.
func (w *world) search(ctx context.Context, access store.Access) (time.Duration, error) {
	query := store.Query{Vector: w.around(w.centres[w.rng.IntN(clusters)]), Text: w.text(4), Access: access}
	began := time.Now()
	lists, err := w.store.Search(ctx, Tenant, query)
	if err != nil {
		return 0, fmt.Errorf("search: %w", err)
	}
	defer lists.Close()
	for _, cursor := range []store.Cursor{lists.Semantic, lists.Keyword} {
		if _, err := cursor.Next(ctx, page); err != nil {
			return 0, fmt.Errorf("search: %w", err)
		}
	}
	return time.Since(began), nil
}

// dense numbers the calibration's documents by their own numbers.
type dense struct {
	epoch uint64
	size  int
}

// Epoch implements [store.Numbering].
func (d *dense) Epoch() uint64 { return d.epoch }

// Ordinal implements [store.Numbering].
func (d *dense) Ordinal(of eyeshot.Object) (uint32, bool) {
	var i uint32
	if _, err := fmt.Sscanf(of.Local(), "%d", &i); err != nil || int(i) >= d.size || object(i) != of {
		return 0, false
	}
	return i, true
}

// Object implements [store.Numbering].
func (d *dense) Object(typ string, ordinal uint32) (eyeshot.Object, bool) {
	return object(ordinal), typ == "document" && int(ordinal) < d.size
}
