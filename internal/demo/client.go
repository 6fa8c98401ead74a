package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// client speaks HTTP to the server, as an agent would.
type client struct{ url string }

func (c client) search(ctx context.Context, token, query string, limit int) (response httpapi.SearchResponse, err error) {
	body, err := json.Marshal(map[string]any{"query": query, "limit": limit})
	if err != nil {
		return response, err
	}
	status, text, err := c.do(ctx, http.MethodPost, "/v1/search", token, bytes.NewReader(body))
	if err != nil {
		return response, err
	}
	if status != http.StatusOK {
		return response, fmt.Errorf("the search was answered with %d: %s", status, text)
	}
	return response, json.Unmarshal(text, &response)
}

// document returns the status and, where that is not 200, the problem without
// what names the request.
func (c client) document(ctx context.Context, token string, object eyeshot.Object) (status int, problem httpapi.Problem, err error) {
	status, text, err := c.do(ctx, http.MethodGet, "/v1/documents/"+string(object), token, nil)
	if err != nil || status == http.StatusOK {
		return status, problem, err
	}
	err = json.Unmarshal(text, &problem)
	problem.RequestID = ""
	return status, problem, err
}

func (c client) do(ctx context.Context, method, path, token string, body io.Reader) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, text, err
}
