package store

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
)

// Searcher finds chunks.
type Searcher interface {
	// Search opens the lists that the query asks for, all over one state of the
	// store: writes that come later change neither list. Close both when done.
	//
	// SECURITY: whatever way the access is searched by, no hit and no score is of
	// a document that is not in it.
	Search(ctx context.Context, tenant string, query Query) (Lists, error)
}

// Query is one search. Vector asks for the semantic list, Text for the keyword
// list; at least one is set.
type Query struct {
	Vector []float32 // unit length or zero; zero gives an empty list
	Text   string
	Access Access
	Where  Expr // nil for no metadata filter
}

// Lists are ranked lists of chunks; a list that was not asked for is nil.
type Lists struct {
	Semantic Cursor // by cosine similarity; only similarities above 0 are listed
	Keyword  Cursor // by BM25; only chunks that match are listed
}

// Close closes the lists that are open.
func (l Lists) Close() error {
	var first error
	for _, cursor := range []Cursor{l.Semantic, l.Keyword} {
		if cursor == nil {
			continue
		}
		if err := cursor.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Cursor walks a ranked list: by falling score, then by rising object in byte
// order, then by rising chunk number. It is used by one goroutine at a time.
type Cursor interface {
	// Next returns the next hits, at most n. Fewer than n, none included, mean
	// that the list is at its end. No hit comes twice and none is left out.
	Next(ctx context.Context, n int) ([]Hit, error)
	// Scores returns the score that each chunk has in this list, whether or not
	// Next has come to it yet, and 0 for one that is not in it.
	Scores(ctx context.Context, refs []eyeshot.ChunkRef) ([]float32, error)
	Close() error
}

// Hit is a chunk and its score in one list. A score is raw: cosine similarity
// or BM25. It never leaves the process; callers see scores relative to what
// they may read.
type Hit struct {
	Ref   eyeshot.ChunkRef
	Score float32
}

// Access narrows a search to what a principal may see. The zero Access is
// nothing at all.
//
// SECURITY: an Access that somebody forgot to set finds nothing.
type Access struct {
	kind      accessKind
	documents DocumentSet
	route     Route
}

type accessKind uint8

const (
	accessNothing accessKind = iota
	accessDocuments
	accessEverything
)

// AccessDocuments narrows a search to a set of documents.
func AccessDocuments(set DocumentSet) Access {
	return Access{kind: accessDocuments, documents: set}
}

// AccessEverythingForTheGateToDecide narrows nothing: every candidate is left
// to the gate. It is for principals who may read nearly everything.
func AccessEverythingForTheGateToDecide() Access { return Access{kind: accessEverything} }

// Nothing reports whether the access is to nothing.
func (a Access) Nothing() bool {
	return a.kind == accessNothing || a.kind == accessDocuments && a.documents.Len() == 0
}

// Everything reports whether the access is not narrowed.
func (a Access) Everything() bool { return a.kind == accessEverything }

// Documents returns the set that the access is narrowed to; it is empty where
// the access is to nothing or to everything.
func (a Access) Documents() DocumentSet { return a.documents }

// DocumentSet is a set of documents as bitmaps over a [Numbering]. It is
// immutable. The zero set is empty.
type DocumentSet struct {
	numbering Numbering
	byType    map[string]*roaring.Bitmap
}

// NewDocumentSet builds a set; byType maps an object type to the ordinals that
// the numbering gives its members. The caller never changes the bitmaps again.
// A nil bitmap is an empty one.
func NewDocumentSet(numbering Numbering, byType map[string]*roaring.Bitmap) DocumentSet {
	return DocumentSet{numbering: numbering, byType: byType}
}

// Numbering returns what the ordinals mean; nil for the zero set.
func (s DocumentSet) Numbering() Numbering { return s.numbering }

// ByType returns the ordinals by object type; not to be changed.
func (s DocumentSet) ByType() map[string]*roaring.Bitmap { return s.byType }

// Len returns the number of documents in the set.
func (s DocumentSet) Len() int {
	n := 0
	for _, bitmap := range s.byType {
		if bitmap != nil {
			n += int(bitmap.GetCardinality())
		}
	}
	return n
}

// Contains reports whether the object is in the set.
func (s DocumentSet) Contains(object eyeshot.Object) bool {
	bitmap := s.byType[object.Type()]
	if bitmap == nil || s.numbering == nil {
		return false
	}
	ordinal, ok := s.numbering.Ordinal(object)
	return ok && bitmap.Contains(ordinal)
}

// Numbering gives every object of a tenant an ordinal within its type. It is
// safe for concurrent use and, within one epoch, append-only: an ordinal that
// was given stays with its object, and is never given to another.
type Numbering interface {
	// Epoch identifies the numbering: ordinals of two epochs have nothing to do
	// with each other, those of one epoch always agree. It is unique within the
	// process, so a store may cache translations under it.
	Epoch() uint64
	// Ordinal returns the object's ordinal within its type.
	Ordinal(object eyeshot.Object) (uint32, bool)
	// Object returns the object of an ordinal within a type.
	Object(typ string, ordinal uint32) (eyeshot.Object, bool)
}
