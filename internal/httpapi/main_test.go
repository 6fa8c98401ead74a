package httpapi_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
)

// shared is the product that these tests talk to; each has a tenant of its own.
var shared apptest.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	if err := shared.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "closing the product:", err)
		code = 1
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// newTenant sets up a tenant with the relationships.
func newTenant(t *testing.T, relationships ...string) *apptest.Tenant {
	t.Helper()
	return shared.Get(t).NewTenant(t, relationships...)
}
