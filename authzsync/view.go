package authzsync

import (
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// View is one version of the index: a model and a state of the relationships.
// It never changes and is safe for concurrent use. Hold one for a request, so
// that all parts of it see the same version.
type View struct {
	version *algebra.Version
	stops   algebra.Stops
	asOf    time.Time
	whole   bool
}

// Allowed returns the objects of a type to which the subject has the relation,
// as ordinals of [View.Numbering], in two bounds: lower holds what it has
// whatever conditions say, upper what it has if all of them are met. Where the
// relation has no condition below it the two are the truth, as of AsOf, and are
// one and the same bitmap. The bitmaps are shared: do not change them.
//
// The subject may be an object ("user:alice", "delegation:…"), a subject set
// ("group:eng#member") or a wildcard ("user:*", which stands for itself alone).
// A type or relation that the model doesn't have, and a subject that is none,
// reach nothing.
func (v *View) Allowed(subject eyeshot.Subject, relation, typ string) (lower, upper *roaring.Bitmap) {
	return v.version.Bounds(subject, algebra.Ref{Type: typ, Relation: relation})
}

// Readers returns subject sets of which one must be in at least one to have the
// relation to the object, sorted: what a store keeps beside a document, so that
// it can search with readers ∩ [View.Memberships]. It looks one step up, and on
// through documents that documents hang on, so a membership that changes changes
// no document's readers. The set is complete, whatever conditions turn out to
// be, and may be too wide: the gate removes what it lets through. It is complete
// for every subject but the sets of documents themselves ("ticket:…#viewer"),
// for which nobody searches.
//
// It looks into the sets of one subject after the other of the kinds that the
// object hangs on, until it has found all.
func (v *View) Readers(object eyeshot.Object, relation string) []eyeshot.Subject {
	return v.version.Readers(object, relation, v.stops)
}

// Memberships returns the subject sets that the subject is in, of those that
// [View.Readers] may name, with the subject itself and its wildcard, sorted.
// Without Options.DocumentTypes these may be as many as there are documents.
func (v *View) Memberships(subject eyeshot.Subject) []eyeshot.Subject {
	return v.version.Memberships(subject, v.stops)
}

// Total returns how many objects of a type have been written on: about as many
// as there are, since those that are gone are forgotten only when objects are
// numbered anew.
func (v *View) Total(typ string) int { return v.version.State().Numbering().Len(typ) }

// Numbering returns what the ordinals mean. It may know objects that came after
// the view.
func (v *View) Numbering() store.Numbering { return v.version.State().Numbering() }

// ModelID returns the id of the model that the view evaluates.
func (v *View) ModelID() string { return v.version.Program().ModelID() }

// AsOf returns the time, on this process's clock, as of which the view agrees
// with OpenFGA: all changes that its log showed then are in it, and all writes
// through this process up to now.
func (v *View) AsOf() time.Time { return v.asOf }

// Whole reports whether the view has all that the index was told. It has not
// where the store was lost and not yet read anew, or where a type is full: then
// what it does not find may be there all the same.
func (v *View) Whole() bool { return v.whole }

// Relationships returns how many relationships the view holds.
func (v *View) Relationships() int { return v.version.State().Len() }

// Memory returns what the view holds, in bytes: its sets, and the ids of its
// objects. It takes a while: for reports, not for requests.
func (v *View) Memory() (sets, ids int) {
	m := v.version.State().Memory()
	return m.Sets, m.IDs
}
