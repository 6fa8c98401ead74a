package authztest

import (
	"context"
	"net/http"
	"testing"

	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver"
)

// Transport starts the embedded OpenFGA server in a directory of the test's own
// and returns what carries requests to it, for tests that put a fault in
// between. The server ends with the test.
func Transport(t testing.TB) http.RoundTripper {
	t.Helper()
	server, err := fgaserver.Open(t.Context(), fgaserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatalf("starting OpenFGA: %v", err)
	}
	t.Cleanup(func() {
		if err := server.Close(context.Background()); err != nil {
			t.Errorf("closing OpenFGA: %v", err)
		}
	})
	return server.Transport()
}
