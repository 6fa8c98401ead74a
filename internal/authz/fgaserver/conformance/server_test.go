package conformance

import (
	"context"
	"testing"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/stretchr/testify/require"

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

func dial(s *fgaserver.Server) openfgav1.OpenFGAServiceClient {
	return openfgav1.NewOpenFGAServiceClient(s.Conn())
}
