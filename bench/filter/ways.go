package filter

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// The ways, by the names that tables have.
const (
	nameNone      = "no permissions"
	nameScope     = "ours, without the gate"
	nameOurs      = "ours"
	namePrivate   = "private index"
	nameList      = "list objects, then filter"
	nameFixed     = "over-fetch ten times, then check"
	nameDoubling  = "over-fetch, doubling, then check"
	nameFlattened = "principals on documents"
	nameReaders   = "readers ∩ memberships"

	keyPrincipals = "principals"
	keyReaders    = "readers"

	fixedFactor = 10
	mostChecks  = 5000 // of one search that over-fetches
)

func (s *stage) ways() []way {
	return append([]way{
		{name: nameNone, search: s.none, ignores: true},
		{name: namePrivate, search: s.private, lacks: func(q question) bool { return !s.hasPrivate(q.principal) }},
		{name: nameScope, search: s.scope},
		{name: nameOurs, search: s.wholeSearch},
		{name: nameFixed, search: s.fixed},
		{name: nameDoubling, search: s.doubling},
		{name: nameList, search: s.list},
		{name: nameFlattened, search: s.flattened},
		{name: nameReaders, search: s.readers},
	}, s.postgresWays()...)
}

// private searches an index of what the principal may read and nothing else.
func (s *stage) private(ctx context.Context, q question) (answer, error) {
	own := s.engine
	own.tenant = private(q.principal)
	return own.none(ctx, q)
}

// list asks OpenFGA for everything that the principal may read, and searches
// among that.
func (s *stage) list(ctx context.Context, q question) (answer, error) {
	view := s.index.View() // for its numbers alone
	listed := roaring.New()
	for object, err := range s.fga.StreamObjects(ctx, eyeshot.Subject(q.subject), "can_read", "ticket", nil) {
		if err != nil {
			return answer{}, err
		}
		if ordinal, known := view.Numbering().Ordinal(object); known {
			listed.Add(ordinal)
		}
	}
	set := store.NewDocumentSet(view.Numbering(), map[string]*roaring.Bitmap{"ticket": listed})
	return s.find(ctx, store.Query{Vector: q.vector, Access: store.AccessDocuments(set)})
}

// flattened finds the principal among those that each document lists.
func (s *stage) flattened(ctx context.Context, q question) (answer, error) {
	return s.find(ctx, store.Query{
		Vector: q.vector, Access: store.AccessEverythingForTheGateToDecide(),
		Where: store.Compare{Key: keyPrincipals, Op: store.Eq, Value: string(q.subject)},
	})
}

// readers finds documents that list a subject set which the principal is in.
func (s *stage) readers(ctx context.Context, q question) (answer, error) {
	var sets []any
	for _, set := range s.index.View().Memberships(eyeshot.Subject(q.subject)) {
		sets = append(sets, string(set))
	}
	return s.find(ctx, store.Query{
		Vector: q.vector, Access: store.AccessEverythingForTheGateToDecide(), Where: store.Compare{Key: keyReaders, Op: store.In, Value: sets},
	})
}
