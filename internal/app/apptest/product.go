// Package apptest runs the whole product in a test: its own data directory, the
// embedded OpenFGA (or the one that the configuration names), the embedded store
// and the built-in embedder, behind a real HTTP server, with a client that holds
// every answer to the OpenAPI document. It is for tests only.
package apptest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

// Product is a running product.
type Product struct {
	*app.App
	Log *Log // all of it, at debug level

	server  *httptest.Server
	tenants atomic.Int64
}

// Settings say how a product differs from the default one.
type Settings struct {
	Configure func(*config.Config) // nil: as it is
	Options   app.Options          // Logger is set already
}

// Start runs a product in dir. Whoever starts it closes it.
func Start(ctx context.Context, dir string, settings Settings) (*Product, error) {
	cfg := config.Default()
	cfg.DataDir, cfg.HTTP.Listen = dir, "127.0.0.1:0"
	if settings.Configure != nil {
		settings.Configure(&cfg)
	}
	p := &Product{Log: &Log{}}
	settings.Options.Logger = slog.New(slog.NewJSONHandler(p.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	settings.Options.Version = "test"
	product, err := app.Open(ctx, cfg, settings.Options)
	if err != nil {
		return nil, err
	}
	p.App = product
	p.server = httptest.NewServer(product.Handler())
	return p, nil
}

// Close ends the server, when the requests in flight have ended, and the
// product.
func (p *Product) Close() error {
	p.server.Close()
	return p.App.Close()
}

// URL is where the product is reached.
func (p *Product) URL() string { return p.server.URL }

// New runs a product of the test's own, which ends with the test.
func New(t testing.TB, settings Settings) *Product {
	t.Helper()
	p, err := Start(t.Context(), t.TempDir(), settings)
	if err != nil {
		t.Fatalf("starting the product: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("closing the product: %v", err)
		}
	})
	return p
}

// Shared is a product that the tests of a package share, each with tenants of
// its own. The zero Shared is ready; TestMain closes it.
type Shared struct {
	once    sync.Once
	dir     string
	product *Product
	err     error
}

// Get returns the product, starting it the first time.
func (s *Shared) Get(t testing.TB) *Product {
	t.Helper()
	s.once.Do(func() {
		if s.dir, s.err = os.MkdirTemp("", "eyeshot-test-"); s.err == nil {
			s.product, s.err = Start(context.Background(), s.dir, Settings{})
		}
	})
	if s.err != nil {
		t.Fatalf("starting the product: %v", s.err)
	}
	return s.product
}

// Close ends the product, if a test has started it.
func (s *Shared) Close() error {
	var err error
	if s.product != nil {
		err = s.product.Close()
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// Log keeps what is written to it. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
