package httpsource

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// Request is one reading.
type Request struct {
	Method string // default GET
	Path   string // behind the base, "/issues.json"; escaped where it must be
	Query  url.Values
	Body   any // sent as JSON; nil for none
	Header http.Header
}

// Get reads path and decodes the JSON of its answer into out.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	return c.JSON(ctx, Request{Path: path, Query: query}, out)
}

// Post sends body as JSON to path, which only reads, and decodes the answer
// into out.
func (c *Client) Post(ctx context.Context, path string, query url.Values, body, out any) error {
	return c.JSON(ctx, Request{Method: http.MethodPost, Path: path, Query: query, Body: body}, out)
}

// JSON makes a request and decodes its answer into out, unless that is nil.
// What is no JSON, such as a page to sign in at, is [eyeshot.ErrUnavailable].
func (c *Client) JSON(ctx context.Context, request Request, out any) error {
	body, _, err := c.Do(ctx, request)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%w: %s: the answer is not the JSON that was asked for (%d bytes): %s", eyeshot.ErrUnavailable, request.name(), len(body), kindOf(err))
	}
	return nil
}

// kindOf names a JSON error without quoting the text.
func kindOf(err error) string {
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return fmt.Sprintf("%s where %s should be a %s", mismatch.Value, mismatch.Field, mismatch.Type)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("malformed at byte %d", syntax.Offset)
	}
	return "malformed"
}

// Do makes a request, repeats it where that may help, and returns the body of
// an answer of status 2xx. Other statuses are a [StatusError].
func (c *Client) Do(ctx context.Context, request Request) ([]byte, http.Header, error) {
	var payload []byte
	if request.Body != nil {
		var err error
		if payload, err = json.Marshal(request.Body); err != nil {
			return nil, nil, fmt.Errorf("%s: encode the request: %w", request.name(), err)
		}
	}
	return c.repeat(ctx, request, payload)
}

// answer is what one attempt gave.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// attempt makes the request once.
func (c *Client) attempt(ctx context.Context, request Request, payload []byte, fresh bool) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	r, err := c.build(ctx, request, payload)
	if err != nil {
		return answer{}, err
	}
	if c.config.Authorize != nil {
		if err := c.config.Authorize(ctx, r, fresh); err != nil {
			return answer{}, fmt.Errorf("sign the request: %w", err)
		}
	}
	c.requests.Add(1)
	response, err := c.http.Do(r)
	if err != nil {
		return answer{}, withoutURL(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, c.config.MaxBody+1))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", withoutURL(err))
	}
	if int64(len(body)) > c.config.MaxBody {
		return answer{}, fmt.Errorf("%w: the answer is larger than %d bytes", eyeshot.ErrInvalid, c.config.MaxBody)
	}
	return answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

func (c *Client) build(ctx context.Context, request Request, payload []byte) (*http.Request, error) {
	address, err := url.Parse(c.base.String() + "/" + strings.TrimPrefix(request.Path, "/"))
	if err != nil || address.Host != c.base.Host {
		return nil, eyeshot.Invalid("path", request.Path, "is not one of the server's")
	}
	address.RawQuery = request.Query.Encode()
	r, err := http.NewRequestWithContext(ctx, request.method(), address.String(), bytes.NewReader(payload))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: malformed request", eyeshot.ErrInvalid, request.name())
	}
	for name, values := range request.Header {
		r.Header[name] = values
	}
	r.Header.Set("User-Agent", c.config.UserAgent)
	r.Header.Set("Accept", "application/json")
	if payload != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

func (r Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

func (r Request) name() string { return r.method() + " " + r.Path }

// withoutURL takes the address off an error of net/http: its query may hold
// what must not be logged.
func withoutURL(err error) error {
	var told *url.Error
	if errors.As(err, &told) {
		return told.Err
	}
	return err
}
