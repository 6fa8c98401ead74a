package fgaserver

import (
	"context"
	"errors"
	"log/slog"

	grpc_recovery "github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"github.com/openfga/openfga/pkg/logger"
	"github.com/openfga/openfga/pkg/middleware/recovery"
	"github.com/openfga/openfga/pkg/middleware/requestid"
	"github.com/openfga/openfga/pkg/middleware/storeid"
	"github.com/openfga/openfga/pkg/middleware/validator"
	serverErrors "github.com/openfga/openfga/pkg/server/errors"
	"google.golang.org/grpc"

	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver/memindex"
)

// The interceptors are those of OpenFGA's own server, in its order, without
// authentication (the caller is this process), metrics, and its logging: that
// writes every request and answer in full, and encodes them for it.

func unaryInterceptors(log *slog.Logger, l logger.Logger, subjects *subjects) []grpc.UnaryServerInterceptor {
	return []grpc.UnaryServerInterceptor{
		grpc_recovery.UnaryServerInterceptor(grpc_recovery.WithRecoveryHandlerContext(recovery.PanicRecoveryHandler(l))),
		requestid.NewUnaryInterceptor(),
		storeid.NewUnaryInterceptor(),
		validator.UnaryServerInterceptor(),
		func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			out, err := next(memindex.Pin(ctx, subjects.of(ctx, req)), req)
			logInternal(ctx, log, info.FullMethod, err)
			return out, err
		},
	}
}

func streamInterceptors(log *slog.Logger, l logger.Logger) []grpc.StreamServerInterceptor {
	return []grpc.StreamServerInterceptor{
		grpc_recovery.StreamServerInterceptor(grpc_recovery.WithRecoveryHandlerContext(recovery.PanicRecoveryHandler(l))),
		requestid.NewStreamingInterceptor(),
		validator.StreamServerInterceptor(),
		storeid.NewStreamingInterceptor(),
		func(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			err := next(srv, pinnedStream{s, memindex.Pin(s.Context(), "")})
			logInternal(s.Context(), log, info.FullMethod, err)
			return err
		},
	}
}

type pinnedStream struct {
	grpc.ServerStream
	ctx context.Context
}

// Context implements grpc.ServerStream.
func (s pinnedStream) Context() context.Context { return s.ctx }

// logInternal logs the cause of an error that the client is told nothing about.
func logInternal(ctx context.Context, log *slog.Logger, method string, err error) {
	var internal serverErrors.InternalError
	if errors.As(err, &internal) && ctx.Err() == nil {
		log.ErrorContext(ctx, "openfga: internal error", "method", method, "error", internal.Unwrap())
	}
}

// chainUnary makes one interceptor of several; the first is the outermost.
func chainUnary(interceptors []grpc.UnaryServerInterceptor) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		for i := len(interceptors) - 1; i >= 0; i-- {
			intercept, next := interceptors[i], handler
			handler = func(ctx context.Context, req any) (any, error) { return intercept(ctx, req, info, next) }
		}
		return handler(ctx, req)
	}
}
