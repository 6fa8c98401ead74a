package fgaserver

import (
	"context"
	"sync"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// channel is a gRPC client connection to a server in the same process. A unary
// call is a function call through the server's interceptors, without encoding,
// framing or another goroutine; streams go through a real connection.
type channel struct {
	server    openfgav1.OpenFGAServiceServer
	intercept grpc.UnaryServerInterceptor
	unary     map[string]grpc.MethodDesc
	streams   grpc.ClientConnInterface
}

var _ grpc.ClientConnInterface = (*channel)(nil)

func newChannel(server openfgav1.OpenFGAServiceServer, intercept grpc.UnaryServerInterceptor, streams grpc.ClientConnInterface) *channel {
	c := &channel{server: server, intercept: intercept, unary: map[string]grpc.MethodDesc{}, streams: streams}
	desc := openfgav1.OpenFGAService_ServiceDesc
	for _, m := range desc.Methods {
		c.unary["/"+desc.ServiceName+"/"+m.MethodName] = m
	}
	return c
}

// Invoke implements grpc.ClientConnInterface. Errors are gRPC statuses, as they
// would be over a network.
func (c *channel) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	m, ok := c.unary[method]
	if !ok {
		return status.Errorf(codes.Unimplemented, "unknown method %s", method)
	}
	if err := ctx.Err(); err != nil {
		return status.FromContextError(err).Err()
	}
	headers := &headers{method: method}
	out, err := m.Handler(c.server, serverContext(ctx, headers), func(in any) error {
		share(in.(proto.Message), args.(proto.Message))
		return nil
	}, c.intercept)
	headers.report(opts)
	// SECURITY: OpenFGA's list calls return what they have when the time is up.
	// A caller whose context has ended must not take that for the whole.
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	if err != nil {
		return asStatus(err)
	}
	share(reply.(proto.Message), out.(proto.Message))
	return nil
}

// NewStream implements grpc.ClientConnInterface.
func (c *channel) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return c.streams.NewStream(ctx, desc, method, opts...)
}

// share makes to the same message as from. They share their parts, so from is
// not to be used afterwards.
func share(to, from proto.Message) {
	dst := to.ProtoReflect()
	from.ProtoReflect().Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		dst.Set(fd, v)
		return true
	})
}

// asStatus does what a gRPC server does with a handler's error.
func asStatus(err error) error {
	if s, ok := status.FromError(err); ok {
		return s.Err()
	}
	return status.FromContextError(err).Err()
}

func serverContext(ctx context.Context, h *headers) context.Context {
	md, _ := metadata.FromOutgoingContext(ctx)
	return grpc.NewContextWithServerTransportStream(metadata.NewIncomingContext(ctx, md), h)
}

// headers collects what a handler sets with grpc.SetHeader and SetTrailer.
type headers struct {
	method string

	mu              sync.Mutex
	header, trailer metadata.MD
}

var _ grpc.ServerTransportStream = (*headers)(nil)

// Method implements grpc.ServerTransportStream.
func (h *headers) Method() string { return h.method }

// SetHeader implements grpc.ServerTransportStream.
func (h *headers) SetHeader(md metadata.MD) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.header = metadata.Join(h.header, md)
	return nil
}

// SendHeader implements grpc.ServerTransportStream.
func (h *headers) SendHeader(md metadata.MD) error { return h.SetHeader(md) }

// SetTrailer implements grpc.ServerTransportStream.
func (h *headers) SetTrailer(md metadata.MD) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trailer = metadata.Join(h.trailer, md)
	return nil
}

func (h *headers) report(opts []grpc.CallOption) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range opts {
		switch o := o.(type) {
		case grpc.HeaderCallOption:
			*o.HeaderAddr = h.header
		case grpc.TrailerCallOption:
			*o.TrailerAddr = h.trailer
		}
	}
}
