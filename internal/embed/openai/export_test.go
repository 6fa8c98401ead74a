package openai

import "net/http"

// UseTransport replaces the network, for tests that own their clock.
func (e *Embedder) UseTransport(t http.RoundTripper) { e.client.Transport = t }
