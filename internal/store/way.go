package store

import (
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Way is how a store gets at the documents of an [Access]. It is a matter of
// speed: every way gives the lists of the same documents, but for what an
// approximate index misses.
type Way uint8

// The ways. A driver that is asked for one that it does not have takes another.
const (
	// Any leaves it to the driver.
	Any Way = iota
	// Exact scores the allowed documents, found by their ids, one by one.
	Exact
	// Filtered searches the index under a filter that the store evaluates:
	// readers ∩ memberships, or a bitmap. What a coarse filter lets through and
	// the access does not is passed over.
	Filtered
	// Unfiltered searches the index of the whole tenant and passes over what is
	// not allowed. It is for principals who may read nearly everything.
	Unfiltered
)

var wayNames = [...]string{Any: "any", Exact: "exact", Filtered: "filtered", Unfiltered: "unfiltered"}

// String names the way: "exact".
func (w Way) String() string {
	if int(w) < len(wayNames) {
		return wayNames[w]
	}
	return "unknown"
}

// MarshalText makes the way a word in JSON.
func (w Way) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (w *Way) UnmarshalText(text []byte) error {
	at := slices.Index(wayNames[:], string(text))
	if at < 0 {
		return eyeshot.Invalid("way", string(text), "must be any, exact, filtered or unfiltered")
	}
	*w = Way(at)
	return nil
}

// Route is the way that an access is searched, with what the way needs.
type Route struct {
	Way Way
	// Memberships are the subject sets that the principal is in, sorted; a store
	// that keeps readers ([Capabilities.Readers]) filters by them when Filtered.
	Memberships []eyeshot.Subject
	// Behind are documents whose readers in the store may not be the newest.
	// Filtered searches them too, whatever readers they have.
	Behind []eyeshot.Object
}

// By returns the access, to be searched by a route. It allows neither more nor
// less than before.
func (a Access) By(route Route) Access {
	a.route = route
	return a
}

// Route returns how the access is to be searched.
func (a Access) Route() Route { return a.route }

// Capabilities says what a driver can do; it never changes while the driver is
// open.
type Capabilities struct {
	Name string // of the driver: "embedded", "pgvector", "qdrant"
	// Ways are those that the driver has, Any not among them.
	Ways []Way
	// Readers says that the driver keeps [Record.Readers], and that Filtered goes
	// by them; where it is false, readers are neither kept nor needed.
	Readers bool
	// Approximate says that Filtered and Unfiltered may miss a chunk that an
	// exact search would list.
	Approximate bool
	// OwnRanking says that keywords are not ranked by BM25 over the access: the
	// same chunks are listed, by other scores, which depend on no other chunk.
	OwnRanking bool
	// MaxExact is how many documents Exact can take; 0 for any number.
	MaxExact int
	// MaxMemberships is how many memberships Filtered can take; 0 for any number.
	MaxMemberships int
	// Costs are built-in figures, measured on one machine; those that
	// `eyeshot bench calibrate` has measured for a store replace them.
	Costs Costs
}

// Has says whether the driver has a way.
func (c Capabilities) Has(way Way) bool { return slices.Contains(c.Ways, way) }

// Costs are what each way of a store costs.
type Costs map[Way]Cost

// Cost is a linear model of what the search of one list costs, in nanoseconds.
type Cost struct {
	Fixed         float64 `json:"fixed_ns"`
	PerAllowed    float64 `json:"per_allowed_ns"`    // document in the scope
	PerDocument   float64 `json:"per_document_ns"`   // document in the tenant
	PerMembership float64 `json:"per_membership_ns"` // membership of the principal
	// PerVisited is for each document that a walk down the index visits before it
	// has found what is wanted: Wanted × Documents / Allowed, if allowed documents
	// lie no nearer to the query and no further than others.
	PerVisited float64 `json:"per_visited_ns"`
}

// Load is what a search has to deal with.
type Load struct {
	Documents   int // in the tenant
	Allowed     int // of them, in the scope
	Memberships int
	Wanted      int // results
}

// Visited is how many documents a walk down an unfiltered index visits.
func (l Load) Visited() float64 {
	documents := float64(max(l.Documents, l.Allowed))
	return min(documents, float64(l.Wanted)*documents/float64(max(l.Allowed, 1)))
}

// Of estimates what a search costs.
func (c Cost) Of(l Load) time.Duration {
	return time.Duration(c.Fixed + c.PerAllowed*float64(l.Allowed) + c.PerDocument*float64(max(l.Documents, l.Allowed)) +
		c.PerMembership*float64(l.Memberships) + c.PerVisited*l.Visited())
}
