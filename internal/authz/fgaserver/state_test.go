package fgaserver

import (
	"context"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/tuple"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"
)

// TestABatchSeesOneState moves a user's grant from one document to the other in
// single writes, and asks about both at once.
func TestABatchSeesOneState(t *testing.T) {
	c := openfgav1.NewOpenFGAServiceClient(open(t, Config{Dir: t.TempDir()}).Conn())
	w := newStore(t, c, tangledModel)
	places := []*openfgav1.TupleKey{tuple.NewTupleKey("doc:a", "viewer", "user:a"), tuple.NewTupleKey("doc:b", "viewer", "user:a")}
	write := func(deletes []*openfgav1.TupleKeyWithoutCondition, writes ...*openfgav1.TupleKey) error {
		req := &openfgav1.WriteRequest{StoreId: w.store, AuthorizationModelId: w.model, Writes: &openfgav1.WriteRequestWrites{TupleKeys: writes}}
		if len(deletes) > 0 {
			req.Deletes = &openfgav1.WriteRequestDeletes{TupleKeys: deletes}
		}
		_, err := c.Write(context.Background(), req)
		return err
	}
	require.NoError(t, write(nil, places[0]))
	moved := make(chan error, 1)
	go func() {
		for n := range 60 {
			from := []*openfgav1.TupleKeyWithoutCondition{tuple.TupleKeyToTupleKeyWithoutCondition(places[n%2])}
			if err := write(from, places[(n+1)%2]); err != nil {
				moved <- err
				return
			}
		}
		moved <- nil
	}()
	var checks []*openfgav1.BatchCheckItem
	for _, p := range places {
		checks = append(checks, &openfgav1.BatchCheckItem{CorrelationId: p.Object[4:], TupleKey: tuple.NewCheckRequestTupleKey(p.Object, "viewer", p.User)})
	}
	for {
		select {
		case err := <-moved:
			require.NoError(t, err)
			return
		default:
		}
		res, err := c.BatchCheck(context.Background(), &openfgav1.BatchCheckRequest{StoreId: w.store, AuthorizationModelId: w.model, Checks: checks})
		require.NoError(t, err)
		require.NotEqual(t, res.GetResult()["a"].GetAllowed(), res.GetResult()["b"].GetAllowed(), "%v", res)
	}
}

func TestAListThatNoBoundCutsStillReportsItsErrors(t *testing.T) {
	c := openfgav1.NewOpenFGAServiceClient(open(t, Config{Dir: t.TempDir()}).Conn())
	w := newStore(t, c, tangledModel)
	_, err := c.Write(context.Background(), &openfgav1.WriteRequest{
		StoreId: w.store, AuthorizationModelId: w.model,
		Writes: &openfgav1.WriteRequestWrites{TupleKeys: []*openfgav1.TupleKey{
			tuple.NewTupleKeyWithCondition("folder:a", "viewer", "group:a#owner", "odd", nil),
			tuple.NewTupleKey("folder:a", "allowed", "group:a#member"),
		}},
	})
	require.NoError(t, err)
	_, err = c.ListObjects(context.Background(), &openfgav1.ListObjectsRequest{
		StoreId: w.store, AuthorizationModelId: w.model, Type: "folder", Relation: "viewer", User: "group:a#owner",
	})
	require.Equal(t, openfgav1.ErrorCode_validation_error, openfgav1.ErrorCode(status.Code(err)), "%v", err)
}
