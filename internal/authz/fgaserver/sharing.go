package fgaserver

import (
	"context"
	"crypto/rand"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/logger"
	"github.com/openfga/openfga/pkg/server"
	"github.com/openfga/openfga/pkg/storage"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"
)

// The documents of one batch often hang on the same things: their project, their
// level, the groups of the one who asks. What they have in common is worked out
// once a batch, by OpenFGA's own cache of partial results.
//
// SECURITY: that cache knows nothing of changes, so nothing in it may outlive the
// batch that it was worked out in. It belongs to a server of its own that is
// reached by batches alone, and each of them carries a mark, drawn anew, in the
// context that is part of the cache's keys. All reads of a batch see one state of
// the store (memindex.Pin), so what was true for one of its checks is true for
// the next.
const (
	// mark can be no parameter of a condition: those are identifiers.
	mark = "eyeshot:batch"
	// A mark is never seen again, so entries need to live as long as a batch
	// may take and no longer.
	sharedFor   = 10 * time.Second
	sharedItems = 20_000
)

// startSharing starts the server for batches over the same datastore.
func startSharing(cfg Config, l logger.Logger, ds storage.OpenFGADatastore) (*server.Server, error) {
	return server.NewServerWithOpts(append(options(cfg, l, borrowed{ds}),
		server.WithCheckQueryCacheEnabled(true), server.WithCheckQueryCacheTTL(sharedFor), server.WithCheckCacheLimit(sharedItems))...)
}

// borrowed is a datastore that somebody else closes.
type borrowed struct{ storage.OpenFGADatastore }

// Close does nothing.
func (borrowed) Close() {}

// shareWithin returns an interceptor that sends batches about one plain user, in
// a model without exclusion, to the server that shares; in such a model a partial
// result that is missing could only deny.
func shareWithin(sharing *server.Server, subjects *subjects) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		batch, is := req.(*openfgav1.BatchCheckRequest)
		if !is || len(batch.GetChecks()) < 2 || subjects.of(ctx, req) == "" {
			return next(ctx, req)
		}
		marked := structpb.NewStringValue(rand.Text())
		for _, check := range batch.GetChecks() {
			if check.GetContext() == nil {
				check.Context = &structpb.Struct{}
			}
			if check.Context.Fields == nil {
				check.Context.Fields = map[string]*structpb.Value{}
			}
			check.Context.Fields[mark] = marked
		}
		// The cache is not asked at higher consistency, which says that what it
		// holds may be old: here it can't be.
		batch.Consistency = openfgav1.ConsistencyPreference_MINIMIZE_LATENCY
		return sharing.BatchCheck(ctx, batch)
	}
}
