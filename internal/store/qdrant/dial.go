package qdrant

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/eyeshot-dev/eyeshot"
)

// The versions of Qdrant that are supported, both included.
const (
	oldestMinor = 15 // 1.15
	newestMinor = 18 // 1.18
)

// maxMessage bounds one answer: a page of texts may take more than gRPC's 4 MiB.
const maxMessage = 256 << 20

// dial prepares the connection; it is made with the first call.
func dial(config Config) (*qc.GrpcClient, error) {
	host, port, err := splitAddress(config.Address)
	if err != nil {
		return nil, err
	}
	// SECURITY: a key that anybody on the way can read is no key.
	if config.Key() != "" && !config.TLS && !isLoopback(host) {
		return nil, eyeshot.Invalid("store.qdrant.tls", "false", "must be true where there is an API key, unless the server is on this machine")
	}
	options := &qc.Config{
		Host: host, Port: port, UseTLS: config.TLS, PoolSize: 1, SkipCompatibilityCheck: true, KeepAliveTime: 30,
		GrpcOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
			grpc.WithChainUnaryInterceptor(withKey(config.Key), newRetrier(config.Timeout).intercept),
		},
	}
	if config.TLS {
		if options.TLSConfig, err = tlsConfig(config.CAFile, host); err != nil {
			return nil, err
		}
	}
	return qc.NewGrpcClient(options)
}

func splitAddress(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil || port < 1 || port > 65535 {
		return "", 0, eyeshot.Invalid("store.qdrant.address", address, "must be host:port of Qdrant's gRPC interface, such as localhost:6334")
	}
	return host, port, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func tlsConfig(caFile, host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if caFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("store.qdrant.ca_file: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, eyeshot.Invalid("store.qdrant.ca_file", caFile, "must hold certificates in PEM")
	}
	return config, nil
}

// withKey sends the API key with every call; it is asked for each time, so that
// it may change.
func withKey(key func() string) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		if key := key(); key != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "api-key", key)
		}
		return invoke(ctx, method, request, reply, conn, options...)
	}
}

func (s *Store) checkVersion(ctx context.Context) error {
	reply, err := s.client.Qdrant().HealthCheck(ctx, &qc.HealthCheckRequest{})
	if err != nil {
		return classify(ctx, "ask for the version", err)
	}
	if s.config.AnyVersion || isSupported(reply.GetVersion()) {
		return nil
	}
	return fmt.Errorf("%w: the server is Qdrant %s; 1.%d to 1.%d are supported (store.qdrant.any_version lets others in)",
		eyeshot.ErrConflict, reply.GetVersion(), oldestMinor, newestMinor)
}

// isSupported says whether a version such as "1.16.3" or "1.17.0-dev" is.
func isSupported(version string) bool {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 || parts[0] != "1" {
		return false
	}
	minor, err := strconv.Atoi(parts[1])
	return err == nil && minor >= oldestMinor && minor <= newestMinor
}
