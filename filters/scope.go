package filters

import (
	"fmt"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Reach says what a subject reaches, in one version of a tenant's permission
// index: lower and upper bound of the objects of a type to which the subject
// has the relation. The truth lies between the two; they differ only where the
// model has conditions. The bitmaps are shared and must not be changed.
type Reach interface {
	Allowed(subject eyeshot.Subject, relation, typ string) (lower, upper *roaring.Bitmap)
	// Total returns about how many objects of a type there are.
	Total(typ string) int
	Numbering() store.Numbering
	AsOf() time.Time
}

// Scope is what a principal may see, as far as the permission index knows: the
// pre-filter of a search. It never leaves out what the gate would allow, as of
// AsOf, and may hold what the gate will remove.
type Scope struct {
	Access  store.Access
	Exact   bool // the gate should remove nothing
	Allowed int  // documents in the scope
	// Documents is about how many documents the tenant has, allowed or not.
	Documents int
	AsOf      time.Time // when the index last agreed with OpenFGA
}

// NewScope evaluates the principal's parts for each document type and
// intersects them.
func NewScope(policy Policy, principal eyeshot.Principal, reach Reach) (Scope, error) {
	scope := Scope{Exact: true, AsOf: reach.AsOf()}
	byType := make(map[string]*roaring.Bitmap, len(policy))
	for _, typ := range policy.Types() {
		parts, err := policy.Parts(principal, typ)
		if err != nil {
			return Scope{}, fmt.Errorf("scope: %w", err)
		}
		lower, upper := intersect(parts, typ, reach)
		scope.Documents += reach.Total(typ)
		if upper.IsEmpty() {
			continue
		}
		scope.Exact = scope.Exact && lower.GetCardinality() == upper.GetCardinality()
		byType[typ] = upper
	}
	set := store.NewDocumentSet(reach.Numbering(), byType)
	scope.Access = store.AccessDocuments(set)
	scope.Allowed = set.Len()
	return scope, nil
}

// intersect evaluates all parts; it copies no bitmap where there is one part.
func intersect(parts []Part, typ string, reach Reach) (lower, upper *roaring.Bitmap) {
	for i, part := range parts {
		low, up := reach.Allowed(part.Subject, part.Relation, typ)
		if i == 0 {
			lower, upper = low, up
			continue
		}
		lower, upper = roaring.And(lower, low), roaring.And(upper, up)
	}
	return lower, upper
}
