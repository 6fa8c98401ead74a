package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// Document is the OpenAPI document that the server serves, read and validated.
var Document = sync.OnceValues(func() (*openapi3.T, error) {
	document, err := openapi3.NewLoader().LoadFromData(httpapi.OpenAPI())
	if err != nil {
		return nil, err
	}
	return document, document.Validate(context.Background())
})

// contract is a transport that fails the test on any answer that the OpenAPI
// document does not allow: another status, a field or header that is missing or
// of another type, a field that is not declared. What is no route of the
// document must be answered with 404 or 405 and a problem document.
type contract struct {
	t    testing.TB
	base http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (c contract) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := c.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	if err := check(request, response, body); err != nil {
		c.t.Errorf("%s %s is answered with %d, which the OpenAPI document does not allow: %v\n%s",
			request.Method, request.URL.EscapedPath(), response.StatusCode, err, body)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

func check(request *http.Request, response *http.Response, body []byte) error {
	document, err := Document()
	if err != nil {
		return err
	}
	if err := checkCommon(response, body); err != nil {
		return err
	}
	route := findRoute(document, request)
	if route == nil {
		return checkNoRoute(document, response, body)
	}
	if response.StatusCode == http.StatusNoContent && len(body) > 0 {
		return fmt.Errorf("204 with a body")
	}
	return openapi3filter.ValidateResponse(request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, Route: route},
		Status:                 response.StatusCode, Header: response.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
}

// checkCommon holds what goes for every answer.
func checkCommon(response *http.Response, body []byte) error {
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got := response.Header.Get(name); got != want {
			return fmt.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	if response.Header.Get("Content-Type") != "application/problem+json" || len(body) == 0 && response.Request.Method == http.MethodHead {
		return nil
	}
	var problem httpapi.Problem
	if err := json.Unmarshal(body, &problem); err != nil {
		return err
	}
	if problem.Status != response.StatusCode || problem.RequestID != response.Header.Get("X-Request-Id") {
		return fmt.Errorf("the problem's status or request id is not the answer's")
	}
	return nil
}

func checkNoRoute(document *openapi3.T, response *http.Response, body []byte) error {
	if response.StatusCode != http.StatusNotFound && response.StatusCode != http.StatusMethodNotAllowed {
		return fmt.Errorf("there is no such route")
	}
	if response.StatusCode == http.StatusMethodNotAllowed && response.Header.Get("Allow") == "" {
		return fmt.Errorf("405 without Allow")
	}
	if response.Request.Method == http.MethodHead {
		return nil
	}
	var problem any
	if err := json.Unmarshal(body, &problem); err != nil {
		return err
	}
	return document.Components.Schemas["Problem"].Value.VisitJSON(problem, openapi3.VisitAsResponse())
}

// findRoute knows what OpenAPI can't say: that {object} holds slashes.
func findRoute(document *openapi3.T, request *http.Request) *routers.Route {
	path := request.URL.EscapedPath()
	if strings.HasPrefix(path, "/v1/documents/") {
		path = "/v1/documents/{object}"
	}
	if parts := strings.Split(path, "/"); strings.HasPrefix(path, "/v1/sources/") && len(parts) == 5 {
		path = "/v1/sources/{name}/" + parts[4]
	} else if strings.HasPrefix(path, "/v1/syncs/") && len(parts) == 4 {
		path = "/v1/syncs/{id}"
	}
	item := document.Paths.Value(path)
	if item == nil || item.GetOperation(request.Method) == nil {
		return nil
	}
	return &routers.Route{Spec: document, Path: path, PathItem: item, Method: request.Method, Operation: item.GetOperation(request.Method)}
}
