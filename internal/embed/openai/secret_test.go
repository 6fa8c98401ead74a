package openai_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eyeshot-dev/eyeshot/internal/embed/openai"
)

const secretText = "the merger with Fabrikam"

// assertSafe fails when a message holds the key, a good part of it, or the text.
func assertSafe(t *testing.T, where, message string) {
	t.Helper()
	for _, secret := range []string{testKey, testKey[:12], testKey[5:], "Fabrikam", "Bearer"} {
		if strings.Contains(message, secret) {
			t.Errorf("%s holds %q: %s", where, secret, message)
		}
	}
}

// echo sends back all that it was sent, in every place that a client may quote.
func echo(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		authorization := r.Header.Get("Authorization")
		w.Header().Set("Location", "http://localhost:1/?key="+testKey)
		w.Header().Set("WWW-Authenticate", authorization)
		w.Header().Set("Retry-After", authorization)
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"error":{"message":"Incorrect key %s for %s","code":%q}}`, authorization, body, authorization)
	}
}

func TestNoErrorHoldsTheKeyOrATextThoughTheServerEchoesThem(t *testing.T) {
	for _, code := range []int{200, 201, 302, 307, 400, 401, 403, 404, 418, 422, 429, 500, 503} {
		e := serve(t, echo(code), func(c *openai.Config) { c.MaxElapsed = time.Millisecond })
		_, err := e.Embed(t.Context(), []string{secretText})
		if err == nil {
			t.Fatalf("status %d: no error", code)
		}
		assertSafe(t, fmt.Sprintf("the error for status %d", code), fmt.Sprintf("%v %+v %#v", err, err, err))
	}
}

// garbled serves connections with bytes that are no HTTP but the request's own.
func garbled(t *testing.T, answer func(request []byte) []byte) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			request := make([]byte, 1<<16)
			n, _ := conn.Read(request)
			_, _ = conn.Write(answer(request[:n]))
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return "http://" + listener.Addr().String()
}

func TestNoErrorQuotesAnAnswerThatIsNoHTTP(t *testing.T) {
	answers := map[string]func([]byte) []byte{
		"the request itself": func(r []byte) []byte { return r },
		"the key as status":  func([]byte) []byte { return []byte("HTTP/1.1 " + testKey + " no\r\n\r\n") },
		"the key as reason":  func([]byte) []byte { return []byte("HTTP/1.1 401 " + testKey + "\r\nContent-Length: 0\r\n\r\n") },
		"the key as version": func([]byte) []byte { return []byte(testKey + " 200 OK\r\n\r\n") },
		"the key as length":  func([]byte) []byte { return []byte("HTTP/1.1 200 OK\r\nContent-Length: " + testKey + "\r\n\r\n") },
		"the key as header":  func([]byte) []byte { return []byte("HTTP/1.1 200 OK\r\n" + testKey + "\r\n\r\n") },
		"the key as coding":  func([]byte) []byte { return []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + testKey + "\r\n\r\n") },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			e := connect(t, garbled(t, answer), func(c *openai.Config) { c.MaxElapsed = time.Millisecond })
			_, err := e.Embed(t.Context(), []string{secretText})
			if err == nil {
				t.Fatal("no error")
			}
			assertSafe(t, "the error", fmt.Sprintf("%v %+v %#v", err, err, err))
		})
	}
}

func TestNoWayOfPrintingTheEmbedderShowsTheKey(t *testing.T) {
	e := serve(t, newFake(t), nil)
	if _, err := e.Embed(t.Context(), []string{secretText}); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		assertSafe(t, verb, fmt.Sprintf(verb, e))
		assertSafe(t, verb+" of the value", fmt.Sprintf(verb, *e))
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("embedder", "it", e, "value", *e)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("embedder", "it", e, "value", *e)
	assertSafe(t, "the log", logged.String())
}

func TestAKeyThatNoHeaderMayCarryIsRefusedAndNotShown(t *testing.T) {
	for _, bad := range []string{testKey + "\n", testKey + "\r\nX-Evil: 1", "a b " + testKey, testKey + "\x00", "é" + testKey} {
		server := newFake(t)
		remote := httptest.NewServer(server)
		defer remote.Close()
		e, err := openai.New(openai.Config{BaseURL: remote.URL, Model: testModel, Dimension: fullSize}, func() string { return bad })
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		_, err = e.Embed(t.Context(), []string{secretText})
		if err == nil || !strings.Contains(err.Error(), "API key") || len(server.requests) != 0 {
			t.Errorf("error %v, %d requests; want one about the key and no request", err, len(server.requests))
		}
		assertSafe(t, "the error", fmt.Sprintf("%v %+v %#v", err, err, err))
	}
}

func TestTheKeyIsAskedForAnewWithEachRequestAndLeftOutWhenEmpty(t *testing.T) {
	server := newFake(t, status(400), status(400), status(400))
	remote := httptest.NewServer(server)
	defer remote.Close()
	keys := []string{"first", "second", ""}
	e, err := openai.New(openai.Config{BaseURL: remote.URL, Model: testModel, Dimension: fullSize}, func() string {
		next := keys[0]
		keys = keys[1:]
		return next
	})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for range 3 {
		_, _ = e.Embed(t.Context(), []string{"refund"})
	}
	for i, want := range []string{"Bearer first", "Bearer second", ""} {
		if got := server.requests[i].header.Get("Authorization"); got != want {
			t.Errorf("request %d carries %q, want %q", i, got, want)
		}
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	elsewhere := newFake(t)
	other := httptest.NewServer(elsewhere)
	defer other.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		e := serve(t, status(code, "Location", other.URL+"/v1/embeddings"), nil)
		if _, err := e.Embed(t.Context(), []string{secretText}); err == nil || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("status %d: error %v, want one about the redirect", code, err)
		}
	}
	if len(elsewhere.requests) != 0 {
		t.Errorf("%d requests went where the server pointed", len(elsewhere.requests))
	}
}
