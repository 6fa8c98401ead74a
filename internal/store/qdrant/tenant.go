package qdrant

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strconv"
	"sync"

	"github.com/google/uuid"
	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// index is what a tenant has between Prepare and DropIndex.
//
// Writes are numbered. A point carries the write that it was born in and, when
// it was replaced or deleted, the one that it died in. A search takes the number
// of the last write that counts and sees what was born by then and had not died:
// one state of the store, whatever comes later. A write first adds its points,
// then marks those that they replace, and then its number becomes the committed
// one, in a single point of the catalogue: a crash before that leaves what was
// there, for the next write clears away what was begun. Dead points go when no
// cursor can see them any more.
type index struct {
	name       string // the tenant's
	partition  string // what its points say under "tenant": no two indexes share one
	collection string
	model      store.EmbeddingModel

	writing chan struct{} // holds one token while somebody writes; guards last and unclean
	last    int64         // the highest number that a write ever took
	unclean bool          // points of a write that does not count may be there

	mu        sync.Mutex
	committed int64
	open      map[int64]int // how many cursors look at a write
	lastDeath int64         // the last write that something died in
	swept     int64         // what died up to here is gone
	dropped   bool
	listing   *listing
}

func newIndex(name, partition, collection string, model store.EmbeddingModel) *index {
	return &index{name: name, partition: partition, collection: collection, model: model,
		writing: make(chan struct{}, 1), open: map[int64]int{}}
}

// newPartition names an index after its tenant, and unlike any other index: so
// what is left of a dropped one never shows up in its successor.
func newPartition(tenant string) string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	return tenant + "#" + hex.EncodeToString(random[:])
}

// namespace makes the ids of points; it is any UUID, and stays as it is.
var namespace = uuid.MustParse("6f2a7c1e-6c1d-5a0e-9a53-3f5d1f3e7b11")

// entry is the id of the index's point in the catalogue.
func (t *index) entry() *qc.PointId {
	return qc.NewIDUUID(uuid.NewSHA1(namespace, []byte(t.partition)).String())
}

// documentID and chunkID name the points of one version of a document.
func (t *index) documentID(object eyeshot.Object, born int64) *qc.PointId {
	return t.id(string(object), "", strconv.FormatInt(born, 10))
}

func (t *index) chunkID(ref eyeshot.ChunkRef, born int64) *qc.PointId {
	return t.id(string(ref.Object), strconv.Itoa(ref.N), strconv.FormatInt(born, 10))
}

func (t *index) id(parts ...string) *qc.PointId {
	name := t.partition
	for _, part := range parts {
		name += "\x00" + part // no part holds one
	}
	return qc.NewIDUUID(uuid.NewSHA1(namespace, []byte(name)).String())
}

// view is one state of an index, held until it is released.
type view struct {
	*index
	at int64
}

// look takes the newest state.
func (t *index) look() view {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open[t.committed]++
	return view{t, t.committed}
}

// release gives a state back; it reports whether something dead can go now.
func (v view) release() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open[v.at]--; v.open[v.at] == 0 {
		delete(v.open, v.at)
	}
	return v.dirt() > 0
}

// dirt is the write up to which what died can go, 0 where nothing can. A dropped
// index goes as a whole.
func (t *index) dirt() int64 {
	oldest := t.committed
	for at := range t.open {
		oldest = min(oldest, at)
	}
	switch {
	case t.dropped && len(t.open) == 0:
		return t.committed + 1
	case t.dropped || min(oldest, t.lastDeath) <= t.swept:
		return 0
	}
	return oldest
}

// advance makes a write the committed one. Whoever sees its number sees its
// listing, too.
func (t *index) advance(at int64, died bool, added, removed []eyeshot.Object) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.listing != nil {
		t.listing = t.listing.after(added, removed)
	}
	t.committed = at
	if died {
		t.lastDeath = at
	}
}

func (t *index) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropped, t.listing = true, nil
}

// listing is the tenant's documents in byte order, kept while somebody pages
// through them: Qdrant can't sort by a text, so a page without it would take as
// long as all pages.
type listing struct {
	objects []eyeshot.Object
	idle    int // writes since the last page
}

// maxIdle is how many writes a listing survives that nobody asks for.
const maxIdle = 64

// after returns the listing after a write; nil where it is not worth its keep.
func (l *listing) after(added, removed []eyeshot.Object) *listing {
	if l.idle >= maxIdle {
		return nil
	}
	next := &listing{objects: slices.Clone(l.objects), idle: l.idle + 1}
	for _, object := range added {
		if at, found := slices.BinarySearch(next.objects, object); !found {
			next.objects = slices.Insert(next.objects, at, object)
		}
	}
	for _, object := range removed {
		if at, found := slices.BinarySearch(next.objects, object); found {
			next.objects = slices.Delete(next.objects, at, at+1)
		}
	}
	return next
}
