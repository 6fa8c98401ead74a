package conformance

import (
	"context"
	"testing"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver"
)

// open starts the embedded server as the product does, with a database of its
// own on disk and nothing said by OpenFGA's logger. features are those of
// OpenFGA's experiments that the product leaves off.
func open(t *testing.T, features ...string) *fgaserver.Server {
	t.Helper()
	s, err := fgaserver.Open(t.Context(), fgaserver.Config{Dir: t.TempDir(), Experimentals: features})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		require.NoError(t, s.Close(ctx))
	})
	return s
}

// server is an embedded server by both of its doors.
type server struct {
	openfgav1.OpenFGAServiceClient
	authz *authz.Client
}

func serve(t *testing.T, features ...string) *server {
	t.Helper()
	s := open(t, features...)
	client, err := authz.NewClient(authz.Config{Transport: s.Transport()})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return &server{OpenFGAServiceClient: openfgav1.NewOpenFGAServiceClient(s.Conn()), authz: client}
}

// takes reports whether the server accepts a model, in a store of its own.
func (s *server) takes(ctx context.Context, model *openfgav1.WriteAuthorizationModelRequest) bool {
	store, err := s.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "exception"})
	if err != nil {
		return false
	}
	_, err = s.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{
		StoreId: store.GetId(), SchemaVersion: model.GetSchemaVersion(),
		TypeDefinitions: model.GetTypeDefinitions(), Conditions: model.GetConditions(),
	})
	return err == nil
}
