package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// Caller sends requests with one token.
type Caller struct {
	Token  string
	Header http.Header // added to each request
	t      testing.TB
	url    string
	client *http.Client
}

// Caller is a caller of the product; token may be empty.
func (p *Product) Caller(t testing.TB, token string) *Caller {
	return NewCaller(t, p.URL(), token)
}

// NewCaller is a caller of the server at the URL, which holds each answer to
// the OpenAPI document.
func NewCaller(t testing.TB, url, token string) *Caller {
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	return &Caller{Token: token, Header: http.Header{}, t: t, url: url, client: &http.Client{Transport: contract{t, base}}}
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	t      testing.TB
}

// Do sends a request. The path is sent as it is given. A body of type string or
// []byte is too, nil is none, and anything else is sent as JSON.
func (c *Caller) Do(method, path string, body any) Answer {
	c.t.Helper()
	answer, err := c.Try(c.t.Context(), method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer
}

// Try is Do for requests that may get no answer.
func (c *Caller) Try(ctx context.Context, method, path string, body any) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, reader(c.t, body))
	if err != nil {
		return Answer{}, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for name, values := range c.Header {
		request.Header[name] = values
	}
	response, err := c.client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return Answer{Status: response.StatusCode, Header: response.Header, Body: text, t: c.t}, err
}

func reader(t testing.TB, body any) io.Reader {
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(b)
	case []byte:
		return bytes.NewReader(b)
	case io.Reader:
		return b
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(encoded)
}

// Get, Post and Delete are Do.
func (c *Caller) Get(path string) Answer { c.t.Helper(); return c.Do(http.MethodGet, path, nil) }

// Post sends a body.
func (c *Caller) Post(path string, body any) Answer {
	c.t.Helper()
	return c.Do(http.MethodPost, path, body)
}

// Delete deletes a document.
func (c *Caller) Delete(object eyeshot.Object) Answer {
	c.t.Helper()
	return c.Do(http.MethodDelete, DocumentPath(object), nil)
}

// Document reads a document.
func (c *Caller) Document(object eyeshot.Object) Answer {
	c.t.Helper()
	return c.Get(DocumentPath(object))
}

// DocumentPath is the path of a document, percent-encoded as a whole.
func DocumentPath(object eyeshot.Object) string {
	return "/v1/documents/" + url.QueryEscape(string(object))
}

// Search searches and fails the test where the answer is not 200.
func (c *Caller) Search(query string) httpapi.SearchResponse {
	c.t.Helper()
	answer := c.Post("/v1/search", map[string]any{"query": query, "limit": 100})
	if answer.Status != http.StatusOK {
		c.t.Fatalf("the search is answered with %d: %s", answer.Status, answer.Body)
	}
	var response httpapi.SearchResponse
	answer.Decode(&response)
	return response
}

// Decode reads the body.
func (a Answer) Decode(into any) {
	a.t.Helper()
	if err := json.Unmarshal(a.Body, into); err != nil {
		a.t.Fatalf("the answer is not JSON: %v: %s", err, a.Body)
	}
}

// Problem reads the body as a problem document.
func (a Answer) Problem() httpapi.Problem {
	a.t.Helper()
	var problem httpapi.Problem
	a.Decode(&problem)
	return problem
}

// Objects lists the objects of an answered search, in order.
func Objects(response httpapi.SearchResponse) []eyeshot.Object {
	objects := make([]eyeshot.Object, len(response.Results))
	for i, result := range response.Results {
		objects[i] = result.Object
	}
	return objects
}
