package fakejira

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Contract is Atlassian's OpenAPI document of Jira Cloud's REST API v3.
type Contract struct{ document *openapi3.T }

// Two things of the document are changed on reading. Jira writes +0000, as the
// document's own examples do, where RFC 3339 wants +00:00. And a schema without
// a word, which is any value, is one that null fits: empty fields of an issue.
var (
	dateTime = regexp.MustCompile(`"format"\s*:\s*"date-time"`)
	anything = regexp.MustCompile(`"additionalProperties"\s*:\s*\{\s*\}`)
)

const jirasDateTime = `"pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:?\\d\\d)$"`

// LoadContract reads the document, compressed or not. It is large: once is
// enough.
func LoadContract(path string) (*Contract, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(path, ".gz") {
		unpacked, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", path, err)
		}
		if text, err = io.ReadAll(unpacked); err != nil {
			return nil, fmt.Errorf("unpack %s: %w", path, err)
		}
	}
	text = dateTime.ReplaceAllLiteral(text, []byte(jirasDateTime))
	text = anything.ReplaceAllLiteral(text, []byte(`"additionalProperties": {"nullable": true}`))
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return &Contract{document: document}, nil
}

// Validate holds every request and response that passes against the contract,
// and tells report what breaks it. Answers of injected faults are let through:
// the contract does not tell of 429 and 500.
func (c *Contract) Validate(next http.Handler, report func(error)) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		body, err := io.ReadAll(in.Body)
		if err != nil {
			return
		}
		route, parameters := c.route(in)
		if route == nil {
			report(fmt.Errorf("%s %s is no route of the contract", in.Method, in.URL.Path))
		}
		in.Body = io.NopCloser(bytes.NewReader(body))
		asked := &openapi3filter.RequestValidationInput{Request: in, PathParams: parameters, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
		if route != nil {
			if err := openapi3filter.ValidateRequest(in.Context(), asked); err != nil {
				report(fmt.Errorf("the request %s %s breaks the contract: %w", in.Method, in.URL.Path, err))
			}
			in.Body = io.NopCloser(bytes.NewReader(body))
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, in)
		if route != nil && answer.Header().Get(faultHeader) == "" {
			if err := c.response(asked, answer); err != nil {
				report(fmt.Errorf("the answer to %s %s breaks the contract: %w", in.Method, in.URL.Path, err))
			}
		}
		copyAnswer(out, answer)
	})
}

func (c *Contract) response(asked *openapi3filter.RequestValidationInput, answer *httptest.ResponseRecorder) error {
	return openapi3filter.ValidateResponse(asked.Request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: asked, Status: answer.Code, Header: answer.Header(), Body: io.NopCloser(bytes.NewReader(answer.Body.Bytes())), Options: asked.Options,
	})
}

func copyAnswer(out http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		out.Header()[name] = values
	}
	out.WriteHeader(answer.Code)
	_, _ = out.Write(answer.Body.Bytes())
}

// route finds the operation of a request: of the paths that fit, the one with
// the fewest parameters.
func (c *Contract) route(in *http.Request) (*routers.Route, map[string]string) {
	var best *routers.Route
	var values map[string]string
	for path, item := range c.document.Paths.Map() {
		operation := item.GetOperation(in.Method)
		if operation == nil {
			continue
		}
		parameters, fits := match(path, in.URL.Path)
		if fits && (best == nil || len(parameters) < len(values)) {
			best = &routers.Route{Spec: c.document, Path: path, PathItem: item, Method: in.Method, Operation: operation}
			values = parameters
		}
	}
	return best, values
}

func match(template, path string) (map[string]string, bool) {
	parts, given := strings.Split(template, "/"), strings.Split(path, "/")
	if len(parts) != len(given) {
		return nil, false
	}
	values := map[string]string{}
	for n, part := range parts {
		if strings.HasPrefix(part, "{") {
			values[strings.Trim(part, "{}")] = given[n]
		} else if part != given[n] {
			return nil, false
		}
	}
	return values, true
}
