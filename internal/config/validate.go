package config

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Validate refuses values that are not allowed, naming the key.
func (c Config) Validate() error {
	for _, check := range []func() error{c.validateBounds, c.validateDurations, c.validateURLs, c.validateEmbedding, c.validateTokens, c.validateDocuments, c.validateSources, c.validatePgvector, c.validateQdrant} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) validateBounds() error {
	bounds := []struct {
		key         string
		value       int64
		least, most int64
	}{
		{"http.max_body_bytes", c.HTTP.MaxBodyBytes, 1 << 10, 1 << 30},
		{"http.max_documents", int64(c.HTTP.MaxDocuments), 1, 10_000},
		{"authz.checks_per_batch", int64(c.Authz.ChecksPerBatch), 1, 1000},
		{"authz.parallel_batches", int64(c.Authz.ParallelBatches), 1, 64},
		{"embedding.batch", int64(c.Embedding.Batch), 1, 2048},
		{"search.check_budget", int64(c.Search.CheckBudget), 100, 1_000_000},
	}
	for _, b := range bounds {
		if b.value < b.least || b.value > b.most {
			return eyeshot.Invalid(b.key, fmt.Sprint(b.value), fmt.Sprintf("must be between %d and %d", b.least, b.most))
		}
	}
	if c.DataDir == "" {
		return eyeshot.Invalid("data_dir", "", "must not be empty")
	}
	return nil
}

func (c Config) validateDurations() error {
	durations := map[string]time.Duration{
		"http.request_timeout": c.HTTP.RequestTimeout, "http.shutdown_timeout": c.HTTP.ShutdownTimeout,
		"authz.timeout": c.Authz.Timeout, "authz.poll_interval": c.Authz.PollInterval,
		"embedding.timeout": c.Embedding.Timeout, "search.timeout": c.Search.Timeout, "search.time_budget": c.Search.TimeBudget, "tokens.ttl": c.Tokens.TTL,
	}
	for key, value := range durations {
		if value < time.Millisecond || value > 30*24*time.Hour {
			return eyeshot.Invalid(key, value.String(), "must be between 1ms and 720h")
		}
	}
	if c.Tokens.TTL > 24*time.Hour {
		return eyeshot.Invalid("tokens.ttl", c.Tokens.TTL.String(), "must be at most 24h")
	}
	if c.Tokens.Leeway < 0 || c.Tokens.Leeway > 5*time.Minute {
		return eyeshot.Invalid("tokens.leeway", c.Tokens.Leeway.String(), "must be between 0s and 5m")
	}
	return nil
}

func (c Config) validateURLs() error {
	urls := map[string]string{"authz.url": c.Authz.URL, "embedding.url": c.Embedding.URL, "http.public_url": c.HTTP.PublicURL}
	for i, issuer := range c.Tokens.Issuers {
		if issuer.URL == "" {
			return eyeshot.Invalid(fmt.Sprintf("tokens.issuers[%d].url", i), "", "must not be empty")
		}
		urls[fmt.Sprintf("tokens.issuers[%d].url", i)] = issuer.URL
	}
	for key, value := range urls {
		parsed, err := url.Parse(value)
		if value != "" && (err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https") {
			return eyeshot.Invalid(key, value, "must be an http or https URL")
		}
	}
	return nil
}

func (c Config) validateEmbedding() error {
	e := c.Embedding
	if !slices.Contains([]string{"builtin", "model2vec", "openai"}, e.Kind) {
		return eyeshot.Invalid("embedding.kind", e.Kind, "must be builtin, model2vec or openai")
	}
	if e.Kind == "model2vec" && e.Path == "" {
		return eyeshot.Invalid("embedding.path", "", "must name the directory of the model2vec model")
	}
	if e.Kind == "openai" && (e.URL == "" || e.Model == "" || e.Dimension < 1) {
		return eyeshot.Invalid("embedding", e.Kind, "needs url, model and dimension")
	}
	return nil
}

func (c Config) validateTokens() error {
	if c.Tokens.Audience == "" {
		return eyeshot.Invalid("tokens.audience", "", "must not be empty")
	}
	if !c.Tokens.Local && len(c.Tokens.Issuers) == 0 {
		return eyeshot.Invalid("tokens.issuers", "", "must name an issuer where tokens.local is false: nobody could sign in")
	}
	return nil
}

func (c Config) validateDocuments() error {
	for typ, r := range c.Authz.Documents {
		if r.Read == "" || r.Delegated == "" || r.Task == "" {
			return eyeshot.Invalid("authz.documents."+typ, "", "must name the relations read, delegated and task")
		}
	}
	return nil
}
