// Package openai embeds texts with a server that speaks OpenAI's embeddings
// protocol, POST /v1/embeddings with a model and a list of inputs: OpenAI
// itself, Ollama, Text Embeddings Inference, vLLM and others. It is for a
// model that is better than the built-in one, or that knows other languages.
//
// The texts of documents and queries leave the process for that server; the
// answer is checked before any of it is used. It is no general OpenAI client,
// it neither runs nor downloads models, and it cannot notice that a server
// changed the model behind a name.
package openai

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
)

// Embedder embeds with one model of one server. It implements
// [embed.Embedder] and is safe for concurrent use.
type Embedder struct {
	config   Config
	endpoint string
	client   *http.Client
	// key is a function so that printing the Embedder prints an address.
	key func() string
}

// New checks the configuration and returns an embedder; it asks nothing of the
// server. Key gives the API key and is called for each request, so a key that
// is replaced is taken up; nil or "" sends none. A wrong configuration fails
// with [eyeshot.ErrInvalid]. Call Close when done.
func New(config Config, key func() string) (*Embedder, error) {
	config = config.withDefaults()
	endpoint, err := config.check()
	if err != nil {
		return nil, fmt.Errorf("configuring the embedding server: %w", err)
	}
	return &Embedder{config: config, endpoint: endpoint, client: newClient(), key: key}, nil
}

// newClient follows no redirect.
//
// SECURITY: a redirect would take the texts, and on the same host the key, to
// a place that nobody configured.
func newClient() *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     90 * time.Second,
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close gives up connections that are not in use.
func (e *Embedder) Close() { e.client.CloseIdleConnections() }

// Name is made of the model's name and the dimension: what can be known of a
// model behind a server.
func (e *Embedder) Name() string {
	return fmt.Sprintf("openai/%s@%d", e.config.Model, e.config.Dimension)
}

// String is the name.
func (e *Embedder) String() string { return e.Name() }

// Dimension is the length of every vector.
func (e *Embedder) Dimension() int { return e.config.Dimension }

// Embed implements [embed.Embedder]. It sends the texts in batches, one after
// the other; blank texts are not sent and have the zero vector. Each request is
// tried again, within MaxElapsed, after a status of 429 or 5xx, a time-out, or
// a connection that failed. Any other status and any answer that does not fit
// the request fails with [eyeshot.ErrInvalid].
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if ctx.Err() != nil {
		return nil, embed.Ended(ctx)
	}
	vectors := make([][]float32, len(texts))
	var asked []int // the texts that are sent
	for i, text := range texts {
		if strings.TrimSpace(text) == "" {
			vectors[i] = make([]float32, e.config.Dimension)
		} else {
			asked = append(asked, i)
		}
	}
	for batch := range slices.Chunk(asked, e.config.Batch) {
		if err := e.embedBatch(ctx, texts, batch, vectors); err != nil {
			return nil, fmt.Errorf("embedding %d texts with %s: %w", len(texts), e.Name(), err)
		}
	}
	return vectors, nil
}

// embedBatch fills in the vectors of the texts that batch numbers.
func (e *Embedder) embedBatch(ctx context.Context, texts []string, batch []int, vectors [][]float32) error {
	input := make([]string, len(batch))
	for i, number := range batch {
		input[i] = texts[number]
	}
	body, err := e.encode(input)
	if err != nil {
		return err
	}
	got, err := e.retry(ctx, body, len(input))
	if err != nil {
		return err
	}
	for i, number := range batch {
		if err := embed.Unit(got[i]); err != nil {
			return fmt.Errorf("checking the server's answer: %w", err)
		}
		vectors[number] = got[i]
	}
	return nil
}

// invalid is a failure that trying again does not mend.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", eyeshot.ErrInvalid, fmt.Sprintf(format, args...))
}
