package redminetest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// Server is a running Redmine. It is safe for concurrent use.
type Server struct {
	URL string // without a slash at its end
	Key string // API key of an administrator

	secret string // of the door to Script; "" where there is none
	http   *http.Client
}

// Start gives the test a Redmine, and skips it where none can be had. It takes
// some twenty seconds, and a minute more the first time on a machine. The
// server ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}, Timeout: 10 * time.Minute}
	t.Cleanup(client.CloseIdleConnections)
	if given := os.Getenv("EYESHOT_TEST_REDMINE"); given != "" {
		address, key, found := strings.Cut(given, ",")
		if !found {
			t.Fatal(`EYESHOT_TEST_REDMINE must have the form "https://redmine.example.com,KEY"`)
		}
		return &Server{URL: strings.TrimSuffix(address, "/"), Key: key, http: client}
	}
	if testing.Short() {
		t.Skip("starting a Redmine takes long; run without -short")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if err := install(ctx); err != nil {
		t.Skipf("no Redmine to test with: %v", err)
	}
	s := &Server{secret: rand.Text(), http: client}
	address, err := run(ctx, t, t.TempDir(), s.secret)
	if err != nil {
		t.Fatalf("starting Redmine: %v", err)
	}
	s.URL = address
	s.Script(t, &s.Key, `User.find_by_login('admin').api_key`)
	return s
}

// errEnded is how a server that did not come up ended.
var errEnded = errors.New("it ended before it listened")
