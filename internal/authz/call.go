package authz

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	openfga "github.com/openfga/go-sdk"
)

// request is one call of OpenFGA's HTTP API. A body that is []byte is sent as
// it is, anything else as its JSON.
type request struct {
	operation string // as OpenFGA names it, for errors
	method    string
	path      string
	store     string // fills {store_id}
	model     string // fills {id}
	query     url.Values
	body      any
}

func (r request) sdk() openfga.APIExecutorRequest {
	params := map[string]string{}
	if r.store != "" {
		params["store_id"] = r.store
	}
	if r.model != "" {
		params["id"] = r.model
	}
	return openfga.APIExecutorRequest{
		OperationName: r.operation, Method: r.method, Path: r.path,
		PathParameters: params, QueryParameters: r.query, Body: r.body,
	}
}

// call sends the request, retries what a retry may mend, and decodes the answer
// into out (nil where none is expected). The whole of it is bounded by
// Config.Timeout and by ctx.
func (c *Client) call(ctx context.Context, r request, out any) error {
	body, err := c.send(ctx, r)
	if err != nil || out == nil {
		return err
	}
	return decode(r.operation, body, out)
}

func (c *Client) send(ctx context.Context, r request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	for attempt := 0; ; attempt++ {
		response, err := c.sdk.Execute(ctx, r.sdk())
		if err == nil {
			return response.Body, nil
		}
		failure := newCallError(ctx, r.operation, err)
		if attempt >= c.config.Retries || !failure.retry || !c.pause(ctx, attempt, failure.after) {
			return nil, failure
		}
	}
}

// pause waits before the next attempt: what the server asked for, or twice as
// long each time with jitter. It returns false, at once, where the caller's
// time would be over first.
func (c *Client) pause(ctx context.Context, attempt int, after time.Duration) bool {
	wait := after
	if wait <= 0 {
		wait = c.config.RetryWait << min(attempt, 10)
		wait = wait/2 + rand.N(wait/2+1)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// decode reads an answer of the expected shape.
//
// SECURITY: an empty or foreign body must not pass for an empty answer: "no
// relationships" and "no changes" are statements too.
func decode(operation string, body []byte, out any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return malformed(operation, fmt.Errorf("the answer is empty"))
	}
	if err := json.Unmarshal(body, out); err != nil {
		return malformed(operation, err)
	}
	return nil
}

func get(operation, path string) request {
	return request{operation: operation, method: http.MethodGet, path: path}
}

func post(operation, path string, body any) request {
	return request{operation: operation, method: http.MethodPost, path: path, body: body}
}
