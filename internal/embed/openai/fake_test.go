package openai_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eyeshot-dev/eyeshot/internal/embed/openai"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
)

const (
	testModel = "fake-embed-small"
	testKey   = "sk-test-4f9a81c2d7"
	fullSize  = 256
)

// fake is a peer of the protocol as OpenAI, Ollama, Text Embeddings Inference
// and vLLM speak it: it wants the fields right, refuses empty inputs and too
// many of them, can shorten vectors, gives them in another order than asked,
// and does not scale them. Its model is the built-in one.
type fake struct {
	model *static.Embedder
	most  int // inputs in one request

	mu       sync.Mutex
	requests []fakeRequest
	failures []http.HandlerFunc // answers of the next requests, in place of vectors
}

type fakeRequest struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	EncodingFormat string   `json:"encoding_format"`
	Dimensions     *int     `json:"dimensions"`
	header         http.Header
	path           string
}

// builtIn loads the fake's model once.
var builtIn = sync.OnceValues(static.BuiltIn)

func newFake(t *testing.T, failures ...http.HandlerFunc) *fake {
	t.Helper()
	model, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	return &fake{model: model, most: 64, failures: failures}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var req fakeRequest
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&req); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	req.header, req.path = r.Header.Clone(), r.URL.Path
	if failure := f.take(req); failure != nil {
		failure(w, r)
		return
	}
	f.answer(w, r, req)
}

// take records the request and returns the failure that is next, if any.
func (f *fake) take(req fakeRequest) http.HandlerFunc {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, req)
	if len(f.failures) == 0 {
		return nil
	}
	next := f.failures[0]
	f.failures = f.failures[1:]
	return next
}

func (f *fake) answer(w http.ResponseWriter, r *http.Request, req fakeRequest) {
	switch {
	case r.Method != http.MethodPost || !strings.HasSuffix(req.path, "/v1/embeddings"):
		refuse(w, http.StatusNotFound, "no such path")
	case req.header.Get("Authorization") != "Bearer "+testKey:
		refuse(w, http.StatusUnauthorized, "wrong key: "+req.header.Get("Authorization"))
	case req.header.Get("Content-Type") != "application/json" || req.EncodingFormat != "float":
		refuse(w, http.StatusUnsupportedMediaType, "want JSON and floats")
	case req.Model != testModel:
		refuse(w, http.StatusNotFound, "the model does not exist")
	case len(req.Input) == 0 || len(req.Input) > f.most || slices.Contains(req.Input, ""):
		refuse(w, http.StatusBadRequest, fmt.Sprintf("want 1 to %d inputs, none empty: %q", f.most, req.Input))
	default:
		f.vectors(w, r, req)
	}
}

func (f *fake) vectors(w http.ResponseWriter, r *http.Request, req fakeRequest) {
	size := fullSize
	if req.Dimensions != nil {
		size = *req.Dimensions
	}
	vectors, err := f.model.Embed(r.Context(), req.Input)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	data := make([]map[string]any, len(vectors))
	for i, vector := range vectors {
		for j := range vector {
			vector[j] *= 3
		}
		data[len(vectors)-1-i] = map[string]any{"object": "embedding", "index": i, "embedding": vector[:size]}
	}
	reply(w, http.StatusOK, map[string]any{"object": "list", "model": req.Model, "data": data,
		"usage": map[string]int{"prompt_tokens": 1, "total_tokens": 1}})
}

func refuse(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error", "code": nil}})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// status is a failure that answers with a status and headers in pairs.
func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		refuse(w, code, "as the test wants it")
	}
}

// says answers 200 with the given body.
func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
}

func key() string { return testKey }

// serve starts the handler on a port of its own and returns an embedder for it.
func serve(t *testing.T, handler http.Handler, change func(*openai.Config)) *openai.Embedder {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return connect(t, server.URL, change)
}

func connect(t *testing.T, url string, change func(*openai.Config)) *openai.Embedder {
	t.Helper()
	config := openai.Config{BaseURL: url, Model: testModel, Dimension: fullSize}
	if change != nil {
		change(&config)
	}
	e, err := openai.New(config, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// handled is a network without a wire: the handler answers at once, so that
// time passes only where the embedder waits.
type handled struct{ http.Handler }

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}
