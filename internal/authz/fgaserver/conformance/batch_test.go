package conformance

import (
	"context"
	"fmt"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/tests/check"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestTheServerBatchChecksAsOpenFGASays(t *testing.T) {
	c := &batching{client: newClient(t), asked: map[string][]*openfgav1.BatchCheckItem{}, allowed: map[string]bool{}}
	check.RunAllTests(t, c)
	c.requireExceptions(t)
	c.requireCalls(t, map[string]int{"BatchCheck": 800})
}

func TestTheServerBatchChecksOpenFGAsMatrixOfModels(t *testing.T) {
	c := &batching{client: newClient(t), asked: map[string][]*openfgav1.BatchCheckItem{}, allowed: map[string]bool{}}
	t.Run("check", func(t *testing.T) { check.RunMatrixTests(t, "embedded", "batch", c) })
	c.requireCalls(t, map[string]int{"BatchCheck": 600})
}

// batching is a client that checks with BatchCheck, as the gate does. With
// every check it asks those again that the same user has been asked about in
// the same store, and has them answered as before: the server reads once for a
// batch, and what one check reads must not change another.
type batching struct {
	*client
	// asked is by store, model, user, and whether there are contextual tuples:
	// the server reads differently for these. Guarded by client.mu, as allowed.
	asked   map[string][]*openfgav1.BatchCheckItem
	allowed map[string]bool // what OpenFGA said, by those and the check's id
}

// lot is how many checks a batch may hold on any OpenFGA.
const lot = 50

// Check implements tests.ClientInterface.
func (c *batching) Check(ctx context.Context, in *openfgav1.CheckRequest, opts ...grpc.CallOption) (*openfgav1.CheckResponse, error) {
	item := &openfgav1.BatchCheckItem{
		TupleKey: in.GetTupleKey(), ContextualTuples: in.GetContextualTuples(), Context: in.GetContext(),
	}
	contextual := len(in.GetContextualTuples().GetTupleKeys()) > 0
	key := fmt.Sprint(in.GetStoreId(), in.GetAuthorizationModelId(), in.GetTupleKey().GetUser(), contextual)
	before := c.before(key)
	item.CorrelationId = fmt.Sprint("check-", len(before))
	out, err := c.at(in.GetStoreId(), "BatchCheck").BatchCheck(ctx, &openfgav1.BatchCheckRequest{
		StoreId: in.GetStoreId(), AuthorizationModelId: in.GetAuthorizationModelId(),
		Checks: append(before, item), Consistency: openfgav1.ConsistencyPreference_HIGHER_CONSISTENCY,
	}, opts...)
	if err != nil {
		return nil, err
	}
	answers := out.GetResult()
	for _, old := range before {
		if answer := answers[old.GetCorrelationId()]; answer.GetError() != nil || answer.GetAllowed() != c.said(key, old) {
			return nil, status.Errorf(codes.Internal, "%v: was %v alone, and is %v in a batch", old, c.said(key, old), answer)
		}
	}
	answer := answers[item.GetCorrelationId()]
	if failed := answer.GetError(); failed != nil {
		return nil, status.Error(codes.Code(failed.GetInputError()), failed.GetMessage())
	}
	c.keep(key, item, answer.GetAllowed())
	return &openfgav1.CheckResponse{Allowed: answer.GetAllowed()}, nil
}

// before returns checks that were answered, without an error and with nothing
// written since.
func (c *batching) before(key string) []*openfgav1.BatchCheckItem {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*openfgav1.BatchCheckItem(nil), c.asked[key]...)
}

func (c *batching) said(key string, item *openfgav1.BatchCheckItem) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.allowed[key+item.GetCorrelationId()]
}

func (c *batching) keep(key string, item *openfgav1.BatchCheckItem, allowed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.asked[key]) < lot-1 {
		c.asked[key] = append(c.asked[key], item)
		c.allowed[key+item.GetCorrelationId()] = allowed
	}
}
