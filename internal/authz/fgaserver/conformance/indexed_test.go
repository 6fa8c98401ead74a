package conformance

import (
	"context"
	"io"
	"sync"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// indexed is a client whose lists come from the permission index in place of
// OpenFGA. Every store has indexes, which follow its change log and its models.
type indexed struct {
	*client
	way way

	mu      sync.Mutex
	indexes map[indexOf]*authzsync.Index
	loose   map[string]bool // tests of looseBounds whose bounds differed
}

// way is how the lists are made from the index.
type way int

const (
	gated way = iota // the upper bound, checked, as a search does it
	bare             // the upper bound unchecked, where the bounds are equal
)

type indexOf struct {
	store     string
	documents string // the type of which the index is told that searches return it
}

func newIndexed(t *testing.T, w way) *indexed {
	t.Helper()
	return &indexed{client: newClient(t), way: w, indexes: map[indexOf]*authzsync.Index{}, loose: map[string]bool{}}
}

// ListObjects implements tests.ClientInterface.
func (c *indexed) ListObjects(ctx context.Context, in *openfgav1.ListObjectsRequest, _ ...grpc.CallOption) (*openfgav1.ListObjectsResponse, error) {
	q, err := c.prepare(ctx, in)
	if err != nil {
		return nil, err
	}
	objects, err := c.list(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &openfgav1.ListObjectsResponse{}
	for _, object := range objects {
		out.Objects = append(out.Objects, string(object))
	}
	return out, q.readersReach(objects)
}

// prepare has refused what OpenFGA refuses, and brings the index up to date.
func (c *indexed) prepare(ctx context.Context, in *openfgav1.ListObjectsRequest) (*query, error) {
	at := c.at(in.GetStoreId(), "index")
	store := at.authz.Store(in.GetStoreId(), in.GetAuthorizationModelId())
	model, err := store.Model(ctx, store.ModelID())
	if err != nil {
		return nil, status.Errorf(codes.Internal, "read the model: %v", err)
	}
	if err := refused(ctx, at, model, in); err != nil {
		return nil, err
	}
	if own := in.GetContextualTuples().GetTupleKeys(); len(own) > 0 {
		if store, err = withTuples(ctx, at, store, own); err != nil {
			return nil, err
		}
	}
	index, err := c.index(ctx, store, in.GetType())
	if err != nil {
		return nil, status.Errorf(codes.Internal, "bring the index up to date: %v", err)
	}
	return &query{
		test: c.test(in.GetStoreId()), server: at, store: store, model: model, view: index.View(),
		user: eyeshot.Subject(in.GetUser()), relation: in.GetRelation(), typ: in.GetType(),
		conditions: in.GetContext().AsMap(),
	}, nil
}

// index returns the store's index, as current as OpenFGA is now.
func (c *indexed) index(ctx context.Context, store *authz.Store, typ string) (*authzsync.Index, error) {
	of, options := indexOf{store: store.ID()}, authzsync.Options{}
	if c.way == gated {
		of.documents, options.DocumentTypes = typ, []string{typ}
	}
	c.mu.Lock()
	index := c.indexes[of]
	c.mu.Unlock()
	if index != nil {
		return index, index.Poll(ctx)
	}
	index, err := authzsync.Open(ctx, store, options)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.indexes[of] = index
	return index, nil
}

// StreamedListObjects implements tests.ClientInterface with the same list.
func (c *indexed) StreamedListObjects(ctx context.Context, in *openfgav1.StreamedListObjectsRequest, _ ...grpc.CallOption) (openfgav1.OpenFGAService_StreamedListObjectsClient, error) {
	list, err := c.ListObjects(ctx, &openfgav1.ListObjectsRequest{
		StoreId: in.GetStoreId(), AuthorizationModelId: in.GetAuthorizationModelId(), Type: in.GetType(), Relation: in.GetRelation(),
		User: in.GetUser(), ContextualTuples: in.GetContextualTuples(), Context: in.GetContext(),
	})
	if err == nil {
		err = io.EOF
	}
	return &stream{objects: list.GetObjects(), end: err}, nil
}

// stream gives a list object by object.
type stream struct {
	grpc.ClientStream
	objects []string
	end     error
}

// Recv implements openfgav1.OpenFGAService_StreamedListObjectsClient.
func (s *stream) Recv() (*openfgav1.StreamedListObjectsResponse, error) {
	if len(s.objects) == 0 {
		return nil, s.end
	}
	object := s.objects[0]
	s.objects = s.objects[1:]
	return &openfgav1.StreamedListObjectsResponse{Object: object}, nil
}
