package conformance

import (
	"context"
	"slices"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	serverErrors "github.com/openfga/openfga/pkg/server/errors"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// refused returns the error with which OpenFGA would refuse to list. It looks
// for the type and the relation in the model, and asks for the relation to an
// object that nobody has one to: OpenFGA finds no access, or an error in what
// else the request says.
func refused(ctx context.Context, at *server, model *authz.Model, in *openfgav1.ListObjectsRequest) error {
	if model.Types[in.GetType()] == nil {
		return serverErrors.TypeNotFound(in.GetType())
	}
	if model.Types[in.GetType()].Relations[in.GetRelation()] == nil {
		return serverErrors.RelationNotFound(in.GetRelation(), in.GetType(), nil)
	}
	_, err := at.Check(ctx, &openfgav1.CheckRequest{
		StoreId: in.GetStoreId(), AuthorizationModelId: in.GetAuthorizationModelId(),
		TupleKey:         &openfgav1.CheckRequestTupleKey{User: in.GetUser(), Relation: in.GetRelation(), Object: in.GetType() + ":that-nobody-wrote-on"},
		ContextualTuples: in.GetContextualTuples(), Context: in.GetContext(),
	})
	// For a contextual tuple whose condition the model refuses, OpenFGA's check
	// has another code than its list.
	conditional := func(t *openfgav1.TupleKey) bool { return t.GetCondition() != nil }
	if status.Code(err) == codes.Code(openfgav1.ErrorCode_invalid_tuple) && slices.ContainsFunc(in.GetContextualTuples().GetTupleKeys(), conditional) {
		return serverErrors.ValidationError(err)
	}
	return err
}

// withTuples makes a store with the same model and relationships and more of
// them: what contextual tuples mean, for an index that has no such thing. Where
// both have a relationship, the contextual one counts.
func withTuples(ctx context.Context, at *server, store *authz.Store, own []*openfgav1.TupleKey) (*authz.Store, error) {
	all, err := readAll(ctx, at, store.ID())
	if err != nil {
		return nil, err
	}
	for _, tuple := range own {
		same := func(t *openfgav1.TupleKey) bool {
			return t.GetObject() == tuple.GetObject() && t.GetRelation() == tuple.GetRelation() && t.GetUser() == tuple.GetUser()
		}
		all = append(slices.DeleteFunc(all, same), tuple)
	}
	made, err := at.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "contextual"})
	if err != nil {
		return nil, err
	}
	model, err := copyModel(ctx, at, store, made.GetId())
	if err != nil {
		return nil, err
	}
	for lot := range slices.Chunk(all, 100) {
		_, err := at.Write(ctx, &openfgav1.WriteRequest{
			StoreId: made.GetId(), AuthorizationModelId: model, Writes: &openfgav1.WriteRequestWrites{TupleKeys: lot},
		})
		if err != nil {
			return nil, err
		}
	}
	return at.authz.Store(made.GetId(), model), nil
}

func copyModel(ctx context.Context, at *server, from *authz.Store, to string) (string, error) {
	read, err := at.ReadAuthorizationModel(ctx, &openfgav1.ReadAuthorizationModelRequest{StoreId: from.ID(), Id: from.ModelID()})
	if err != nil {
		return "", err
	}
	model := read.GetAuthorizationModel()
	written, err := at.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{
		StoreId: to, SchemaVersion: model.GetSchemaVersion(), TypeDefinitions: model.GetTypeDefinitions(), Conditions: model.GetConditions(),
	})
	return written.GetAuthorizationModelId(), err
}

func readAll(ctx context.Context, at *server, store string) ([]*openfgav1.TupleKey, error) {
	var all []*openfgav1.TupleKey
	for token := ""; ; {
		page, err := at.Read(ctx, &openfgav1.ReadRequest{StoreId: store, ContinuationToken: token})
		if err != nil {
			return nil, err
		}
		for _, t := range page.GetTuples() {
			all = append(all, t.GetKey())
		}
		if token = page.GetContinuationToken(); token == "" {
			return all, nil
		}
	}
}
