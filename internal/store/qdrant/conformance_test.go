package qdrant_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

// serverVariable names a real Qdrant (host:port of its gRPC interface, without a
// key) to run the driver's tests against, in place of the fake.
const serverVariable = "EYESHOT_TEST_QDRANT"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// places numbers the prefixes of this process's collections.
var places atomic.Int64

// place is a fresh place for a store: a fake of its own, or collections of its
// own on the server that the environment names.
func place(t *testing.T, options fakeqdrant.Options) (qdrant.Config, *fakeqdrant.Server) {
	t.Helper()
	config := qdrant.Config{Prefix: fmt.Sprintf("eyeshot-test-%d-%d", os.Getpid(), places.Add(1))}
	if config.Address = os.Getenv(serverVariable); config.Address != "" {
		t.Cleanup(func() { dropCollections(t, config) })
		return config, nil
	}
	server, err := fakeqdrant.Start(options)
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	config.Address = server.Address()
	return config, server
}

func conform(t *testing.T, change func(*qdrant.Config), options fakeqdrant.Options, exceptions ...storetest.Exception) {
	storetest.Run(t, func(t *testing.T) func() (store.Driver, error) {
		config, _ := place(t, options)
		change(&config)
		return func() (store.Driver, error) { return qdrant.Open(t.Context(), config) }
	}, exceptions...)
}

// spared are the tests that a variant of the store is spared, since the store
// itself is not.
func spared() []storetest.Exception {
	var exceptions []storetest.Exception
	for _, test := range append(longTests(), "Recall/TheTenNearestAreFoundAtEverySelectivity", "Edge/TenThousandDocumentsGoThroughEveryCall") {
		exceptions = append(exceptions, storetest.Exception{Test: test, Reason: "it takes long, and runs without this option"})
	}
	return exceptions
}

func TestTheQdrantStoreConforms(t *testing.T) {
	conform(t, func(*qdrant.Config) {}, fakeqdrant.Options{})
}
