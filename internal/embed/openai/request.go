package openai

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// request is the body of POST /v1/embeddings (OpenAI API reference, "Create
// embeddings").
type request struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	EncodingFormat string   `json:"encoding_format"`
	Dimensions     int      `json:"dimensions,omitempty"`
}

func (e *Embedder) encode(input []string) ([]byte, error) {
	r := request{Model: e.config.Model, Input: input, EncodingFormat: "float"}
	if e.config.SendDimension {
		r.Dimensions = e.config.Dimension
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, invalid("the request could not be encoded")
	}
	return body, nil
}

// failure is why an attempt did not succeed, in words that are safe to print.
//
// SECURITY: it never wraps or quotes what the server sent or what the HTTP
// client says of that: a server may send back the key or a text.
type failure struct {
	reason     string
	temporary  bool          // trying again may help
	retryAfter time.Duration // how long the server asked to wait at least
}

func (f *failure) Error() string { return f.reason }

// post makes one attempt and returns the body of a 200.
func (e *Embedder) post(ctx context.Context, body []byte, limit int64) ([]byte, *failure) {
	ctx, cancel := context.WithTimeout(ctx, e.config.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, &failure{reason: "the request could not be built"}
	}
	if f := e.setHeaders(req); f != nil {
		return nil, f
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return nil, e.connectionFailure(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		// Read a little of it, so that the connection can be used again.
		_, _ = io.CopyN(io.Discard, resp.Body, 1<<16)
		return nil, statusFailure(resp)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, e.connectionFailure(err)
	}
	if int64(len(data)) > limit {
		return nil, &failure{reason: fmt.Sprintf("the server's answer is longer than %d bytes", limit)}
	}
	return data, nil
}

func (e *Embedder) setHeaders(req *http.Request) *failure {
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "eyeshot")
	if e.key == nil {
		return nil
	}
	key := e.key()
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= 0x7F }) {
		return &failure{reason: "the API key has white space or other characters that no header may carry"}
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return nil
}

// connectionFailure tells what kept the request from being answered.
func (e *Embedder) connectionFailure(err error) *failure {
	var certificate *tls.CertificateVerificationError
	var operation *net.OpError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &certificate):
		return &failure{reason: "the server's TLS certificate is not trusted"}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &failure{temporary: true, reason: fmt.Sprintf("the server did not answer within %s", e.config.Timeout)}
	case errors.As(err, &operation):
		return &failure{temporary: true, reason: "the server cannot be reached: " + operation.Error()}
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return &failure{temporary: true, reason: "the server closed the connection in the middle"}
	}
	return &failure{temporary: true, reason: "the HTTP exchange with the server failed"}
}

// statusFailure tells what a status other than 200 means.
func statusFailure(resp *http.Response) *failure {
	code := resp.StatusCode
	f := &failure{reason: fmt.Sprintf("the server answered with status %d", code)}
	switch {
	case code == http.StatusTooManyRequests || code >= 500:
		f.temporary, f.retryAfter = true, retryAfter(resp.Header.Get("Retry-After"), time.Now())
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		f.reason += ": check the API key"
	case code == http.StatusNotFound:
		f.reason += ": check the base URL and that the server has the model"
	case code >= 300 && code < 400:
		f.reason += ", a redirect, which is not followed: configure the base URL that it leads to"
	default:
		f.reason += ": check that the model, the batch size and the length of the texts suit the server"
	}
	return f
}

// retryAfter reads the header Retry-After (RFC 9110, section 10.2.3), seconds
// or a date; 0 where it says nothing.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(header, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}
