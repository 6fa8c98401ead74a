package memindex

import (
	"context"
	"errors"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
	tuples "github.com/openfga/openfga/pkg/tuple"
)

// ReadPage implements storage.RelationshipTupleReader. Whether one relationship
// is there is answered from memory: SQLite orders pages by age, and passes over
// the whole store for it. Every other page is SQLite's.
func (d *Datastore) ReadPage(ctx context.Context, store string, filter storage.ReadFilter, options storage.ReadPageOptions) ([]*openfgav1.Tuple, string, error) {
	if options.Pagination.From == "" && options.Pagination.PageSize > 0 {
		v, err := d.view(ctx, store)
		if err != nil {
			return nil, "", err
		}
		if page, certain := v.snapshot.one(filter); certain {
			return page, "", nil
		}
	}
	return d.OpenFGADatastore.ReadPage(ctx, store, filter, options)
}

// one answers a filter that at most one tuple fits; certain is false for those
// that several may fit.
func (s *snapshot) one(f storage.ReadFilter) (page []*openfgav1.Tuple, certain bool) {
	typ, local := tuples.SplitObject(f.Object)
	userType, userLocal, userRelation := tuples.ToUserParts(f.User)
	if typ == "" || local == "" || f.Relation == "" || userType == "" || userLocal == "" {
		return nil, false
	}
	if userRelation == "" && s.hasUsersetOf(f) { // it fits that too
		return nil, false
	}
	found, err := s.userTuple(storage.ReadUserTupleFilter(f))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return nil, true
	case err != nil:
		return nil, false
	}
	return []*openfgav1.Tuple{found}, true
}

// hasUsersetOf says whether a userset of the filter's user has the relation.
func (s *snapshot) hasUsersetOf(f storage.ReadFilter) bool {
	_, _, found := filtered{s.edgesOf(f.Object, f.Relation, true), userFilter(f.User)}.next()
	return found
}
