package fgaserver

import (
	"context"
	"errors"
	"fmt"
	"net"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
)

// bufferBytes is how much a stream may run ahead of its reader.
const bufferBytes = 1 << 20

// streamServer is a gRPC server behind a connection in memory.
type streamServer struct {
	server *grpc.Server
	conn   *grpc.ClientConn
	done   chan error
}

func serveStreams(fga openfgav1.OpenFGAServiceServer, interceptors []grpc.StreamServerInterceptor) (*streamServer, error) {
	lis := bufconn.Listen(bufferBytes)
	conn, err := grpc.NewClient("passthrough:///openfga.internal",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to OpenFGA in memory: %w", err), lis.Close())
	}
	s := &streamServer{
		server: grpc.NewServer(grpc.ChainStreamInterceptor(interceptors...)),
		conn:   conn,
		done:   make(chan error, 1),
	}
	openfgav1.RegisterOpenFGAServiceServer(s.server, fga)
	go func() { s.done <- s.server.Serve(lis) }()
	return s, nil
}

// close ends what still streams and waits for the server's goroutines.
func (s *streamServer) close() {
	_ = s.conn.Close()
	s.server.Stop()
	<-s.done
}
