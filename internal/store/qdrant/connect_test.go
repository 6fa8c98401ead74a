package qdrant_test

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	qc "github.com/qdrant/go-client/qdrant"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
)

// fake is a server that the test owns, whatever the environment says.
func fake(t *testing.T, options fakeqdrant.Options) qdrant.Config {
	t.Helper()
	server, err := fakeqdrant.Start(options)
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	return qdrant.Config{Address: server.Address()}
}

func TestVersionsFrom1_15To1_18AreSupported(t *testing.T) {
	for version, supported := range map[string]bool{
		"1.15.0": true, "1.16.3": true, "1.17.1": true, "1.18.3": true, "1.18.0-dev": true,
		"1.14.9": false, "1.19.0": false, "2.16.0": false, "0.15.0": false, "1": false, "1.x.0": false,
	} {
		config := fake(t, fakeqdrant.Options{Version: version})
		driver, err := qdrant.Open(t.Context(), config)
		if supported {
			require.NoError(t, err, version)
			require.NoError(t, driver.Close())
			continue
		}
		require.ErrorIs(t, err, eyeshot.ErrConflict, version)
		require.ErrorContains(t, err, version)
		require.ErrorContains(t, err, "1.15 to 1.18")
		config.AnyVersion = true
		driver, err = qdrant.Open(t.Context(), config)
		require.NoError(t, err, version)
		require.NoError(t, driver.Close())
	}
}

// TestServersBefore1_17AnswerWithVectorsInAnotherForm exports from one.
func TestServersBefore1_17AnswerWithVectorsInAnotherForm(t *testing.T) {
	config := fake(t, fakeqdrant.Options{Version: "1.15.0"})
	s := open(t, config)
	want := record("ticket:a/1", "text")
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{want}))
	records, err := s.Export(t.Context(), acme, "", 10)
	require.NoError(t, err)
	require.Equal(t, want.Chunks, records[0].Chunks)
}

func TestTheAPIKeyIsSentWithEveryCall(t *testing.T) {
	config := fake(t, fakeqdrant.Options{Key: "right"})
	for _, key := range []string{"", "wrong"} {
		config.Key = func() string { return key }
		_, err := qdrant.Open(t.Context(), config)
		require.ErrorIs(t, err, eyeshot.ErrConflict)
		require.NotErrorIs(t, err, eyeshot.ErrUnauthenticated, "it is no user's token that is wrong")
		require.NotContains(t, err.Error(), "wrong")
	}
	config.Key = func() string { return "right" }
	driver, err := qdrant.Open(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, driver.Prepare(t.Context(), acme, model()))
	require.NoError(t, driver.Close())
}

func TestAnAPIKeyNeverLeavesThisMachineInTheClear(t *testing.T) {
	key := func() string { return "secret" }
	_, err := qdrant.Open(t.Context(), qdrant.Config{Address: "qdrant.example:6334", Key: key})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	require.ErrorContains(t, err, "store.qdrant.tls")
	require.NotContains(t, err.Error(), "secret")
}

func TestTLSTrustsTheAuthorityThatIsNamed(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	config := fake(t, fakeqdrant.Options{TLS: &tls.Config{Certificates: web.TLS.Certificates, NextProtos: []string{"h2"}}})
	config.TLS, config.CAFile = true, filepath.Join(t.TempDir(), "ca.pem")
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	require.NoError(t, os.WriteFile(config.CAFile, encoded, 0o600))
	driver, err := qdrant.Open(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, driver.Close())
	config.CAFile = config.CAFile + ".missing"
	_, err = qdrant.Open(t.Context(), config)
	require.ErrorContains(t, err, "ca_file")
}

func TestAnAddressIsHostAndPort(t *testing.T) {
	for _, address := range []string{"", "localhost", "localhost:", "localhost:http", "localhost:0", "http://localhost:6334"} {
		_, err := qdrant.Open(t.Context(), qdrant.Config{Address: address})
		require.ErrorIs(t, err, eyeshot.ErrInvalid, address)
		require.ErrorContains(t, err, "store.qdrant.address", address)
	}
}

// TestErrorsSayWhetherARetryIsSafe answers calls with each code.
func TestErrorsSayWhetherARetryIsSafe(t *testing.T) {
	config, server := place(t, fakeqdrant.Options{})
	needFake(t, server)
	s := open(t, config)
	for code, kind := range map[codes.Code]error{
		codes.Internal: eyeshot.ErrUnavailable, codes.Unknown: eyeshot.ErrUnavailable, codes.ResourceExhausted: eyeshot.ErrUnavailable,
		codes.InvalidArgument: eyeshot.ErrInvalid, codes.Unimplemented: eyeshot.ErrInvalid,
		codes.NotFound: eyeshot.ErrConflict, codes.FailedPrecondition: eyeshot.ErrConflict, codes.PermissionDenied: eyeshot.ErrConflict,
	} {
		server.Set(func(o *fakeqdrant.Options) {
			o.Before = func(string, any) error { return status.Error(code, "it says why") }
		})
		_, err := s.Search(t.Context(), acme, store.Query{Vector: axis(0), Text: "confidential", Access: store.AccessEverythingForTheGateToDecide()})
		require.ErrorIs(t, err, kind, code)
		require.NotContains(t, err.Error(), "confidential")
		require.ErrorIs(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:a/1", "confidential")}), kind, code)
		_, err = s.Stats(t.Context(), acme)
		require.ErrorIs(t, err, kind, code)
		for _, never := range []error{eyeshot.ErrUnauthenticated, eyeshot.ErrForbidden, eyeshot.ErrNotFound} {
			require.NotErrorIs(t, err, never, code)
		}
	}
	heal(server)
	require.Empty(t, texts(t, s, acme))
}

func TestStrictModeIsKeptTo(t *testing.T) {
	if os.Getenv(serverVariable) != "" {
		t.Skip("the fake's strict mode is that of its options; a real server's is its own")
	}
	strict := &qc.StrictModeConfig{
		Enabled: qc.PtrOf(true), MaxQueryLimit: qc.PtrOf(uint32(50)), UnindexedFilteringRetrieve: qc.PtrOf(false), UnindexedFilteringUpdate: qc.PtrOf(false),
		SearchMaxHnswEf: qc.PtrOf(uint32(100)), SearchMaxOversampling: qc.PtrOf(float32(2)), UpsertMaxBatchsize: qc.PtrOf(uint64(20)),
		FilterMaxConditions: qc.PtrOf(uint64(200)), ConditionMaxSize: qc.PtrOf(uint64(100)), MaxPayloadIndexCount: qc.PtrOf(uint64(12)),
	}
	conform(t, func(c *qdrant.Config) { c.Layout.NumberMetadata = []string{"n"} }, fakeqdrant.Options{Strict: strict}, spared()...)
}

func TestACollectionForEachTenantConforms(t *testing.T) {
	conform(t, func(c *qdrant.Config) { c.PerTenant = true }, fakeqdrant.Options{}, spared()...)
}

func TestAnExactStoreConforms(t *testing.T) {
	conform(t, func(c *qdrant.Config) { c.Exact = true }, fakeqdrant.Options{}, spared()...)
}

// TestAGraphThatLosesItsWayShortensNoList runs the suite on a server whose
// approximate searches come back with half of what they should.
func TestAGraphThatLosesItsWayShortensNoList(t *testing.T) {
	if os.Getenv(serverVariable) != "" {
		t.Skip("it takes a server that does wrong: only the fake does")
	}
	conform(t, func(*qdrant.Config) {}, fakeqdrant.Options{LosesItsWay: true}, spared()...)
}
