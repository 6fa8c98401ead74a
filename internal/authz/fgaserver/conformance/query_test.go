package conformance

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// query is a request for a list, in a store that has all of its relationships.
type query struct {
	test       string
	server     *server
	store      *authz.Store
	model      *authz.Model
	view       *authzsync.View
	user       eyeshot.Subject
	relation   string
	typ        string
	conditions authz.CheckContext
}

// list answers in the client's way. Where the bounds differ, the check decides
// in either way, and nothing of the lower bound may fail it.
func (c *indexed) list(ctx context.Context, q *query) ([]eyeshot.Object, error) {
	lower, upper := q.bounds()
	if c.way == bare && slices.Equal(lower, upper) {
		c.count("unchecked")
		return upper, nil
	}
	if c.way == bare && !q.conditional() && !c.mayBeLoose(q.test) {
		return nil, status.Errorf(codes.Internal, "the bounds differ without a condition: %v and %v", lower, upper)
	}
	passed, err := q.pass(ctx, upper)
	for _, object := range lower {
		if err == nil && !slices.Contains(passed, object) {
			return nil, status.Errorf(codes.Internal, "%s is in the lower bound, and the check denies it", object)
		}
	}
	return passed, err
}

func (c *indexed) mayBeLoose(test string) bool {
	_, listed := looseBounds()[test]
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loose[test] = listed
	return listed
}

// conditional reports whether any relationship may have a condition.
func (q *query) conditional() bool {
	for _, typ := range q.model.Types {
		for _, relation := range typ.Relations {
			if slices.ContainsFunc(relation.Direct, func(r authz.Restriction) bool { return r.Condition != "" }) {
				return true
			}
		}
	}
	return false
}

// bounds returns what the user has whatever conditions say, and what it has if
// all are met.
func (q *query) bounds() (lower, upper []eyeshot.Object) {
	low, up := q.view.Allowed(q.user, q.relation, q.typ)
	return q.objects(low), q.objects(up)
}

func (q *query) objects(ordinals *roaring.Bitmap) []eyeshot.Object {
	var objects []eyeshot.Object
	for ordinal := range roaring.Values(ordinals) {
		object, _ := q.view.Numbering().Object(q.typ, ordinal)
		objects = append(objects, object)
	}
	return objects
}

// pass returns those of the objects that a check allows.
func (q *query) pass(ctx context.Context, objects []eyeshot.Object) ([]eyeshot.Object, error) {
	var checks []authz.Check
	for _, object := range objects {
		checks = append(checks, authz.Check{Subject: q.user, Relation: q.relation, Object: object})
	}
	verdicts, err := q.store.BatchCheck(ctx, checks, q.conditions)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "%v", err)
	}
	var passed []eyeshot.Object
	for i, verdict := range verdicts {
		if verdict.Err != nil {
			return nil, q.reason(ctx, checks[i], verdict.Err)
		}
		if verdict.Allowed {
			passed = append(passed, objects[i])
		}
	}
	return passed, nil
}

// reason returns OpenFGA's own error for a check that failed, with its code.
func (q *query) reason(ctx context.Context, check authz.Check, err error) error {
	conditions, invalid := structpb.NewStruct(q.conditions)
	if invalid != nil {
		return invalid
	}
	_, again := q.server.Check(ctx, &openfgav1.CheckRequest{
		StoreId: q.store.ID(), AuthorizationModelId: q.store.ModelID(), Context: conditions,
		TupleKey: &openfgav1.CheckRequestTupleKey{User: string(check.Subject), Relation: check.Relation, Object: string(check.Object)},
	})
	if again == nil {
		return status.Errorf(codes.Internal, "only the batch fails: %v", err)
	}
	return again
}

// readersReach fails where a store that searches by readers would hide one of
// the objects, all of which the user may see. Nobody searches for a subject
// set, which has the relation that it names to its own object, written nowhere.
func (q *query) readersReach(objects []eyeshot.Object) error {
	if q.user.Relation() != "" {
		return nil
	}
	memberships := q.view.Memberships(q.user)
	for _, object := range objects {
		readers := q.view.Readers(object, q.relation)
		if !slices.ContainsFunc(readers, func(s eyeshot.Subject) bool { return slices.Contains(memberships, s) }) {
			return status.Errorf(codes.Internal, "%s is in %v, and none of these is a reader of %s: %v", q.user, memberships, object, readers)
		}
	}
	return nil
}
