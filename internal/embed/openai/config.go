package openai

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/eyeshot-dev/eyeshot"
)

// Config says which server and model to use. It holds no secret.
type Config struct {
	// BaseURL is the server, with or without a final "/v1":
	// "http://localhost:11434". User, password, query and fragment are refused,
	// since a URL is printed.
	BaseURL string
	// Model is the model's name as the server knows it.
	Model string
	// Dimension is the length of the model's vectors. An answer of another
	// length is refused.
	Dimension int
	// SendDimension asks the server for vectors of that length (the request's
	// "dimensions"). Only some models can shorten theirs, and some servers
	// refuse the field.
	SendDimension bool
	// Batch is the most texts in one request; 0 is 64.
	Batch int
	// Timeout is the longest that one request may take; 0 is 30 s.
	Timeout time.Duration
	// MaxElapsed is how long a request is tried again after it failed; 0 is one
	// minute. The last attempt may end up to Timeout later.
	MaxElapsed time.Duration
}

// Bounds and defaults.
const (
	maxBatch          = 2048 // OpenAI's own limit
	maxDimension      = 65536
	defaultBatch      = 64
	defaultTimeout    = 30 * time.Second
	defaultMaxElapsed = time.Minute
)

func (c Config) withDefaults() Config {
	if c.Batch == 0 {
		c.Batch = defaultBatch
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.MaxElapsed == 0 {
		c.MaxElapsed = defaultMaxElapsed
	}
	return c
}

// check returns the URL that requests go to.
func (c Config) check() (endpoint string, err error) {
	switch {
	case c.Model == "" || strings.ContainsFunc(c.Model, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return "", eyeshot.Invalid("model", c.Model, "must be a name without white space")
	case c.Dimension < 1 || c.Dimension > maxDimension:
		return "", eyeshot.Invalid("dimension", fmt.Sprint(c.Dimension), fmt.Sprintf("must be 1 to %d: the length of the model's vectors", maxDimension))
	case c.Batch < 1 || c.Batch > maxBatch:
		return "", eyeshot.Invalid("batch", fmt.Sprint(c.Batch), fmt.Sprintf("must be 1 to %d texts", maxBatch))
	case c.Timeout < 0:
		return "", eyeshot.Invalid("timeout", c.Timeout.String(), "must be positive")
	case c.MaxElapsed < 0:
		return "", eyeshot.Invalid("maximum elapsed time", c.MaxElapsed.String(), "must be positive")
	}
	return endpointOf(c.BaseURL)
}

// endpointOf builds the URL of the embeddings.
//
// SECURITY: no error holds the URL as it was given: a password or an API key
// may be in it.
func endpointOf(base string) (string, error) {
	parsed, err := url.Parse(base)
	if err != nil {
		return "", eyeshot.Invalid("base URL", "", "must be a URL such as http://localhost:11434")
	}
	switch {
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return "", eyeshot.Invalid("base URL", "", "must start with http:// or https://")
	case parsed.Hostname() == "":
		return "", eyeshot.Invalid("base URL", "", "must name a host")
	case parsed.User != nil || parsed.RawQuery != "" || parsed.ForceQuery || parsed.Fragment != "":
		return "", eyeshot.Invalid("base URL", "", "must have no user, password, query or fragment: give the key apart from it")
	}
	root := strings.TrimSuffix(strings.TrimRight(parsed.String(), "/"), "/v1")
	return root + "/v1/embeddings", nil
}
