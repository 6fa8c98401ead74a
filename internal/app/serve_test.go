package app_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// served is a product that serves by itself, with a search that waits in the
// store until it is let go.
type served struct {
	url     string
	dir     string
	entered chan struct{} // a search has come to the store
	letGo   chan struct{} // closed: it goes on
	stop    context.CancelFunc
	ended   chan error
	caller  *apptest.Caller
}

func serve(t *testing.T, change func(*config.Config)) *served {
	t.Helper()
	faulty, product := withFaultyStore(t, change)
	tenant := product.NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("A", "Refund one", "", "user:alice"))
	s := &served{dir: product.Config.DataDir, entered: make(chan struct{}), letGo: make(chan struct{}), ended: make(chan error, 1)}
	faulty.set(func(_ context.Context, operation string) error {
		if operation == "search" {
			s.entered <- struct{}{}
			<-s.letGo
		}
		return nil
	})
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	urls := make(chan string, 1)
	go func() { s.ended <- product.Serve(ctx, func(url string) { urls <- url }) }()
	s.url = <-urls
	token, err := product.Issuer.Mint(t.Context(), identity.Request{Tenant: tenant.Name, Subject: "alice"})
	require.NoError(t, err)
	s.caller = apptest.NewCaller(t, s.url, token)
	return s
}

// refused waits until nobody takes connections any more.
func (s *served) refused(t *testing.T) {
	t.Helper()
	var dialer net.Dialer
	for t.Context().Err() == nil {
		conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			return
		}
		require.NoError(t, conn.Close())
	}
	t.Fatal("the server still takes connections")
}

func TestAShutdownFinishesWhatIsInFlightAndTakesNothingNew(t *testing.T) {
	s := serve(t, func(*config.Config) {})
	answers := make(chan apptest.Answer, 1)
	go func() {
		answer, err := s.caller.Try(t.Context(), http.MethodPost, "/v1/search", `{"query":"refund"}`)
		if err != nil {
			t.Errorf("the request in flight was cut off: %v", err)
		}
		answers <- answer
	}()
	<-s.entered
	s.stop()
	s.refused(t)
	select {
	case err := <-s.ended:
		t.Fatalf("it ended before the request did: %v", err)
	default:
	}
	close(s.letGo)
	answer := <-answers
	require.Equal(t, http.StatusOK, answer.Status)
	require.Contains(t, string(answer.Body), "Refund one")
	require.NoError(t, <-s.ended)
}

func TestAShutdownThatTakesTooLongCutsOffAndSaysSo(t *testing.T) {
	s := serve(t, func(cfg *config.Config) { cfg.HTTP.ShutdownTimeout = 10 * time.Millisecond })
	cut := make(chan error, 1)
	go func() {
		_, err := s.caller.Try(t.Context(), http.MethodPost, "/v1/search", `{"query":"refund"}`)
		cut <- err
	}()
	<-s.entered
	s.stop()
	require.ErrorContains(t, <-s.ended, "requests were still in flight after 10ms")
	require.Error(t, <-cut)
	close(s.letGo)
}

func TestAnAddressInUseIsToldWithTheWayOut(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) { cfg.HTTP.Listen = taken.Addr().String() }})
	err = product.Serve(t.Context(), nil)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "choose another address with --listen")
}

func TestTheMetadataNamesTheAddressThatIsListenedOn(t *testing.T) {
	s := serve(t, func(*config.Config) {})
	s.caller.Token = ""
	require.Contains(t, string(s.caller.Get("/.well-known/oauth-protected-resource").Body), `"resource":"`+s.url+`"`)
	require.Contains(t, s.caller.Post("/v1/search", `{}`).Header.Get("WWW-Authenticate"), `resource_metadata="`+s.url+`/.well-known/oauth-protected-resource"`)
	s.stop()
	require.NoError(t, <-s.ended)
}

func TestTheMetadataNamesThePublicURLWhereOneIsConfigured(t *testing.T) {
	product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) { cfg.HTTP.PublicURL = "https://search.example/" }})
	caller := product.Caller(t, "")
	caller.Header.Set("X-Forwarded-Host", "evil.example")
	require.Contains(t, string(caller.Get("/.well-known/oauth-protected-resource").Body), `"resource":"https://search.example"`)
	require.Contains(t, caller.Post("/v1/search", `{}`).Header.Get("WWW-Authenticate"), `resource_metadata="https://search.example/.well-known/oauth-protected-resource"`)
}

func TestAnIssuerThatCannotBeReachedIsA503AndNoFaultOfTheToken(t *testing.T) {
	closed, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + closed.Addr().String()
	require.NoError(t, closed.Close())
	product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) {
		cfg.Tokens.Issuers = []config.Issuer{{URL: url, Tenant: "acme"}}
	}})
	// {"alg":"EdDSA","kid":"1","typ":"JWT"} and the issuer's name; the signature would be next.
	answer := product.Caller(t, unsigned(t, url)).Post("/v1/search", `{"query":"x"}`)
	require.Equal(t, http.StatusServiceUnavailable, answer.Status, "%s", answer.Body)
	require.Empty(t, answer.Header.Get("WWW-Authenticate"))
}
