package fgaserver

import (
	"context"
	"fmt"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/logger"
	httpmiddleware "github.com/openfga/openfga/pkg/middleware/http"
	"github.com/openfga/openfga/pkg/middleware/recovery"
	serverErrors "github.com/openfga/openfga/pkg/server/errors"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

// newGateway serves OpenFGA's HTTP API from conn, with the options that
// OpenFGA's own server sets (openfga v1.22: cmd/run, runHTTPServer), so that
// status codes, bodies and headers are a remote server's.
func newGateway(conn grpc.ClientConnInterface, l logger.Logger) (http.Handler, error) {
	mux := runtime.NewServeMux(
		runtime.WithForwardResponseOption(httpmiddleware.HTTPResponseModifier),
		runtime.WithErrorHandler(func(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
			httpmiddleware.CustomHTTPErrorHandler(ctx, w, r, encoded(err))
		}),
		runtime.WithStreamErrorHandler(func(_ context.Context, err error) *status.Status {
			return status.Convert(encoded(err))
		}),
		runtime.WithOutgoingHeaderMatcher(func(s string) (string, bool) { return s, true }),
	)
	client := openfgav1.NewOpenFGAServiceClient(conn)
	if err := openfgav1.RegisterOpenFGAServiceHandlerClient(context.Background(), mux, client); err != nil {
		return nil, fmt.Errorf("register OpenFGA's HTTP API: %w", err)
	}
	return recovery.HTTPPanicRecoveryHandler(mux, l), nil
}

func encoded(err error) *serverErrors.EncodedError {
	return serverErrors.NewEncodedError(serverErrors.ConvertToEncodedErrorCode(status.Convert(err)), err.Error())
}
