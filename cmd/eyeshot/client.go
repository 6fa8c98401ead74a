package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// tokenEnv holds the token for --server, so that none has to be on a command line.
const tokenEnv = "EYESHOT_TOKEN"

// remote is a running server that a command works through.
type remote struct {
	url, token string
}

func (r *remote) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "server", "", "URL of a running server to work through; the token comes from "+tokenEnv+" or --token")
	cmd.Flags().StringVar(&r.token, "token", "", "bearer token for --server")
}

func (r *remote) used() bool { return r.url != "" }

// post sends a JSON body and decodes the answer into out where the status is
// one of the accepted; every other answer becomes an error of the right kind.
func (r *remote) post(ctx context.Context, path string, body, out any, accepted ...int) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(r.url, "/")+path, bytes.NewReader(encoded))
	if err != nil {
		return usageError{fmt.Errorf("--server: %w", err)}
	}
	token := r.token
	if token == "" {
		token = os.Getenv(tokenEnv)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: 5 * time.Minute}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("%w: the server at %s does not answer: %w", eyeshot.ErrUnavailable, r.url, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("%w: reading the server's answer: %w", eyeshot.ErrUnavailable, err)
	}
	for _, status := range append(accepted, http.StatusOK) {
		if response.StatusCode == status {
			return json.Unmarshal(text, out)
		}
	}
	return remoteError(response.StatusCode, text)
}

func remoteError(status int, body []byte) error {
	var problem httpapi.Problem
	if err := json.Unmarshal(body, &problem); err != nil || problem.Type == "" {
		return fmt.Errorf("the server answered %d", status)
	}
	kind := map[int]error{
		http.StatusBadRequest: eyeshot.ErrInvalid, http.StatusUnauthorized: eyeshot.ErrUnauthenticated,
		http.StatusForbidden: eyeshot.ErrForbidden, http.StatusNotFound: eyeshot.ErrNotFound,
		http.StatusServiceUnavailable: eyeshot.ErrUnavailable,
	}[status]
	if kind == nil {
		kind = errors.New(problem.Title)
	}
	return fmt.Errorf("%w: %s (request %s)", kind, problem.Detail, problem.RequestID)
}
