// Package fakeqdrant is a fake of the Qdrant server, for tests: it speaks its
// gRPC interface on a loopback port, keeps everything in memory, and answers as
// Qdrant's documentation and source say that Qdrant does. It scans, so all its
// searches are exact. It has what the store driver calls and little more: what
// it lacks it refuses as unimplemented. It is no Qdrant: it knows no shards, no
// crash and no time; what it says of Qdrant is held to a real server by the
// driver's tests, which run against either.
package fakeqdrant

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Options are what a test wants of the server.
type Options struct {
	Version string               // "" means 1.18.0
	Key     string               // API key that calls must bring; "" for none
	Strict  *qc.StrictModeConfig // strict mode of collections to be created
	TLS     *tls.Config          // nil for no TLS
	// IgnoreFilters answers every search and every reading as if it had no filter.
	IgnoreFilters bool
	// LosesItsWay makes approximate searches under a filter come back with half of
	// what they should, as a graph may.
	LosesItsWay bool
	// Before is called before each call, and fails it with what it returns.
	Before func(method string, request any) error
	// After is called after each call that went well; the client gets its error in
	// place of the answer, as when a connection breaks.
	After func(method string, request any) error
}

// Server is a running fake. It is safe for concurrent use.
type Server struct {
	qc.UnimplementedQdrantServer

	address  string
	grpc     *grpc.Server
	serving  sync.WaitGroup
	mu       sync.RWMutex
	options  Options
	contents map[string]*collection
}

// Start starts a fake; the caller stops it.
func Start(options Options) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if options.Version == "" {
		options.Version = "1.18.0"
	}
	s := &Server{address: listener.Addr().String(), options: options, contents: map[string]*collection{}}
	settings := []grpc.ServerOption{grpc.MaxRecvMsgSize(1 << 30), grpc.MaxSendMsgSize(1 << 30), grpc.UnaryInterceptor(s.intercept)}
	if options.TLS != nil {
		settings = append(settings, grpc.Creds(credentials.NewTLS(options.TLS)))
	}
	s.grpc = grpc.NewServer(settings...)
	qc.RegisterQdrantServer(s.grpc, s)
	qc.RegisterCollectionsServer(s.grpc, collections{Server: s})
	qc.RegisterPointsServer(s.grpc, points{Server: s})
	s.serving.Go(func() { _ = s.grpc.Serve(listener) }) // it ends with Stop
	return s, nil
}

// Address is host:port of the server.
func (s *Server) Address() string { return s.address }

// Stop ends all connections; what was kept is gone.
func (s *Server) Stop() {
	s.grpc.Stop()
	s.serving.Wait()
}

// Set changes what the test wants from now on.
func (s *Server) Set(change func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.options)
}

func (s *Server) wants() Options {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.options
}

func (s *Server) intercept(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	options := s.wants()
	if options.Key != "" {
		sent, _ := metadata.FromIncomingContext(ctx)
		if keys := sent.Get("api-key"); len(keys) != 1 || keys[0] != options.Key {
			return nil, status.Error(codes.Unauthenticated, "Invalid API key or JWT")
		}
	}
	if options.Before != nil {
		if err := options.Before(info.FullMethod, request); err != nil {
			return nil, err
		}
	}
	reply, err := handle(ctx, request)
	if err == nil && options.After != nil {
		err = options.After(info.FullMethod, request)
	}
	return reply, err
}

// HealthCheck says which version the server claims to be.
func (s *Server) HealthCheck(context.Context, *qc.HealthCheckRequest) (*qc.HealthCheckReply, error) {
	return &qc.HealthCheckReply{Title: "fake qdrant", Version: s.wants().Version}, nil
}

func badInput(text string) error   { return status.Error(codes.InvalidArgument, "Wrong input: "+text) }
func badRequest(text string) error { return status.Error(codes.InvalidArgument, "Bad request: "+text) }

// find returns a collection; the caller holds the lock.
func (s *Server) find(name string) (*collection, error) {
	if c := s.contents[name]; c != nil {
		return c, nil
	}
	return nil, status.Errorf(codes.NotFound, "Not found: Collection `%s` doesn't exist!", name)
}

// Points counts the points of a collection, whatever their payload.
func (s *Server) Points(name string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c := s.contents[name]; c != nil {
		return len(c.points)
	}
	return 0
}

// Collections names the collections that there are.
func (s *Server) Collections() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	for name := range s.contents {
		names = append(names, name)
	}
	return names
}
