package embedded_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		fmt.Fprintln(os.Stderr, upsertUntilKilled(dir)) // it returns with an error alone
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func TestTheEmbeddedStoreConforms(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() (store.Driver, error) {
		config := embedded.Config{Dir: t.TempDir()}
		return func() (store.Driver, error) { return embedded.Open(t.Context(), config) }
	})
}
