package authztest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	httpmiddleware "github.com/openfga/openfga/pkg/middleware/http"
	"github.com/openfga/openfga/pkg/server"
	serverErrors "github.com/openfga/openfga/pkg/server/errors"
	"github.com/openfga/openfga/pkg/storage/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
)

// Transport starts an OpenFGA server of the test's own and returns what carries
// requests to it, for tests that put a fault in between.
func Transport(t testing.TB) http.RoundTripper {
	t.Helper()
	fga, err := server.NewServerWithOpts(server.WithDatastore(memory.New()))
	if err != nil {
		t.Fatal(err)
	}
	listener := bufconn.Listen(1 << 20)
	grpcServer := grpc.NewServer()
	openfgav1.RegisterOpenFGAServiceServer(grpcServer, fga)
	go func() { _ = grpcServer.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///openfga", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	mux := runtime.NewServeMux(
		runtime.WithForwardResponseOption(httpmiddleware.HTTPResponseModifier),
		runtime.WithErrorHandler(func(c context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, e error) {
			code := serverErrors.ConvertToEncodedErrorCode(status.Convert(e))
			httpmiddleware.CustomHTTPErrorHandler(c, w, r, serverErrors.NewEncodedError(code, e.Error()))
		}),
		runtime.WithStreamErrorHandler(func(_ context.Context, e error) *status.Status {
			code := serverErrors.ConvertToEncodedErrorCode(status.Convert(e))
			return status.Convert(serverErrors.NewEncodedError(code, e.Error()))
		}),
	)
	if err := openfgav1.RegisterOpenFGAServiceHandler(t.Context(), mux, conn); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(mux)
	t.Cleanup(func() {
		web.Close()
		_ = conn.Close()
		grpcServer.Stop()
		fga.Close()
	})
	return redirect{to: web}
}

// redirect sends every request to the test's server.
type redirect struct{ to *httptest.Server }

func (r redirect) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Host = r.to.Listener.Addr().String()
	return r.to.Client().Transport.RoundTrip(request)
}
