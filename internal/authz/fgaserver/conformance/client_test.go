package conformance

import (
	"context"
	"flag"
	"strings"
	"sync"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/tests"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
)

// client is what the suites talk to. It counts their calls, and sends a test
// that is an exception to the server that has the feature which it is about. A
// suite makes a store for every test and gives it the test's name.
type client struct {
	product    *server
	exceptions map[string]*server // by test

	mu    sync.Mutex
	tests map[string]string // by store
	ran   map[string]bool   // by test; whether the product takes the model
	calls map[string]int    // by method
}

var _ tests.ClientInterface = (*client)(nil)

func newClient(t *testing.T) *client {
	t.Helper()
	c := &client{
		product: serve(t), exceptions: map[string]*server{},
		tests: map[string]string{}, ran: map[string]bool{}, calls: map[string]int{},
	}
	having := map[string]*server{}
	for _, e := range exceptions() {
		if having[e.feature] == nil {
			having[e.feature] = serve(t, e.feature)
		}
		c.exceptions[e.test] = having[e.feature]
	}
	return c
}

// at counts a call and returns the server that has the store.
func (c *client) at(store, method string) *server {
	c.count(method)
	return c.serverOf(c.test(store))
}

func (c *client) serverOf(test string) *server {
	if special := c.exceptions[test]; special != nil {
		return special
	}
	return c.product
}

func (c *client) count(method string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[method]++
}

// test returns the test that made the store.
func (c *client) test(store string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tests[store]
}

// CreateStore implements tests.ClientInterface.
func (c *client) CreateStore(ctx context.Context, in *openfgav1.CreateStoreRequest, opts ...grpc.CallOption) (*openfgav1.CreateStoreResponse, error) {
	c.count("CreateStore")
	out, err := c.serverOf(in.GetName()).CreateStore(ctx, in, opts...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tests[out.GetId()] = in.GetName()
	return out, err
}

// WriteAuthorizationModel implements tests.ClientInterface.
func (c *client) WriteAuthorizationModel(ctx context.Context, in *openfgav1.WriteAuthorizationModelRequest, opts ...grpc.CallOption) (*openfgav1.WriteAuthorizationModelResponse, error) {
	at := c.at(in.GetStoreId(), "WriteAuthorizationModel")
	if at != c.product {
		c.ranException(c.test(in.GetStoreId()), c.product.takes(ctx, in))
	}
	return at.WriteAuthorizationModel(ctx, in, opts...)
}

// Write implements tests.ClientInterface.
func (c *client) Write(ctx context.Context, in *openfgav1.WriteRequest, opts ...grpc.CallOption) (*openfgav1.WriteResponse, error) {
	return c.at(in.GetStoreId(), "Write").Write(ctx, in, opts...)
}

// Check implements tests.ClientInterface.
func (c *client) Check(ctx context.Context, in *openfgav1.CheckRequest, opts ...grpc.CallOption) (*openfgav1.CheckResponse, error) {
	return c.at(in.GetStoreId(), "Check").Check(ctx, in, opts...)
}

// ListUsers implements tests.ClientInterface.
func (c *client) ListUsers(ctx context.Context, in *openfgav1.ListUsersRequest, opts ...grpc.CallOption) (*openfgav1.ListUsersResponse, error) {
	return c.at(in.GetStoreId(), "ListUsers").ListUsers(ctx, in, opts...)
}

// ListObjects implements tests.ClientInterface.
func (c *client) ListObjects(ctx context.Context, in *openfgav1.ListObjectsRequest, opts ...grpc.CallOption) (*openfgav1.ListObjectsResponse, error) {
	return c.at(in.GetStoreId(), "ListObjects").ListObjects(ctx, in, opts...)
}

// StreamedListObjects implements tests.ClientInterface.
func (c *client) StreamedListObjects(ctx context.Context, in *openfgav1.StreamedListObjectsRequest, opts ...grpc.CallOption) (openfgav1.OpenFGAService_StreamedListObjectsClient, error) {
	return c.at(in.GetStoreId(), "StreamedListObjects").StreamedListObjects(ctx, in, opts...)
}

func (c *client) ranException(test string, taken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ran[test] = taken
}

// requireCalls fails where a suite asked less than the counts say. A suite that
// was renamed away or emptied must not pass for having found nothing.
func (c *client) requireCalls(t *testing.T, atLeast map[string]int) {
	t.Helper()
	if picky() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Logf("calls: %v", c.calls)
	for method, n := range atLeast {
		require.GreaterOrEqual(t, c.calls[method], n, "the suite hardly called %s: did it run?", method)
	}
}

// requireExceptions fails where an exception names no test of the suite, or one
// whose model the product takes.
func (c *client) requireExceptions(t *testing.T) {
	t.Helper()
	if picky() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for test := range c.exceptions {
		taken, ran := c.ran[test]
		require.True(t, ran, "no test of OpenFGA's has the name %q: take it off the list of exceptions", test)
		require.False(t, taken, "the product takes the model of %q: take it off the list of exceptions", test)
	}
}

// picky reports whether flags of go test select some of the suites' tests.
func picky() bool {
	return strings.Contains(flag.Lookup("test.run").Value.String(), "/") || flag.Lookup("test.skip").Value.String() != ""
}
