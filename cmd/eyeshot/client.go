package main

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
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

const (
	// tokenEnv holds the token for --server, so that none has to be on a command
	// line, where other processes can read it.
	tokenEnv = "EYESHOT_TOKEN"
	// requestTimeout bounds one request to a server; an upsert may wait for a
	// slow embedding model.
	requestTimeout = 5 * time.Minute
	maxAnswer      = 64 << 20 // bytes
)

// remote is a running server that a command works through.
type remote struct {
	url, token string
}

func (r *remote) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "server", "", "URL of a running server to work through, with a token from "+tokenEnv+" or --token")
	cmd.Flags().StringVar(&r.token, "token", "", "bearer token for --server (others can see a command line: prefer "+tokenEnv+")")
}

func (r *remote) used() bool { return r.url != "" }

// connect checks the flags and returns a client.
func (r *remote) connect(environ environ) (*serverClient, error) {
	base, err := url.Parse(r.url)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, usagef("--server %q must be an http or https URL, such as http://127.0.0.1:8480", r.url)
	}
	token := r.token
	if token == "" {
		token = environ.get(tokenEnv)
	}
	if token == "" {
		return nil, usagef("--server takes a token in %s; on the server's machine: export %s=$(eyeshot token --tenant T --user U)", tokenEnv, tokenEnv)
	}
	client := &http.Client{
		Timeout: requestTimeout,
		// SECURITY: a redirect would take the request, token included, to where
		// nobody meant it to go.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &serverClient{url: strings.TrimRight(r.url, "/"), token: strings.TrimSpace(token), client: client}, nil
}

// serverClient calls the API of a running server.
type serverClient struct {
	url, token string
	client     *http.Client
}

// post sends a JSON body and decodes the answer into out where the status is
// 200 or one of the accepted; every other answer becomes an error of the right
// kind.
func (s *serverClient) post(ctx context.Context, path string, body, out any, accepted ...int) error {
	encoded, err := encode(body)
	if err != nil {
		return err
	}
	return s.do(ctx, http.MethodPost, path, encoded, out, accepted...)
}

// get reads what is at a path into out.
func (s *serverClient) get(ctx context.Context, path string, out any) error {
	return s.do(ctx, http.MethodGet, path, nil, out)
}

func (s *serverClient) do(ctx context.Context, method, path string, body []byte, out any, accepted ...int) error {
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return usagef("--server: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("%w: the server at %s does not answer (%w); eyeshot serve starts one", eyeshot.ErrUnavailable, s.url, reason(err))
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%w: reading the server's answer: %w", eyeshot.ErrUnavailable, err)
	}
	for _, status := range append(accepted, http.StatusOK) {
		if response.StatusCode == status {
			return s.decode(text, out)
		}
	}
	return s.failure(response.StatusCode, text)
}

func (s *serverClient) decode(text []byte, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("what answers at %s is not an eyeshot server: %w", s.url, err)
	}
	return nil
}

// reason leaves out what the caller says already.
func reason(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// kindOf says what a status is in the words of exit codes.
func kindOf(status int, title string) error {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return eyeshot.ErrInvalid
	case http.StatusUnauthorized:
		return eyeshot.ErrUnauthenticated
	case http.StatusForbidden:
		return eyeshot.ErrForbidden
	case http.StatusNotFound:
		return eyeshot.ErrNotFound
	case http.StatusConflict:
		return eyeshot.ErrConflict
	case http.StatusServiceUnavailable:
		return eyeshot.ErrUnavailable
	}
	return errors.New(title)
}

// failure turns a problem document into an error that says what to do.
func (s *serverClient) failure(status int, body []byte) error {
	var problem httpapi.Problem
	if err := json.Unmarshal(body, &problem); err != nil || problem.Type == "" {
		return fmt.Errorf("what answers at %s is not an eyeshot server: status %d", s.url, status)
	}
	detail := problem.Detail
	if status == http.StatusUnauthorized {
		detail += "; this one is wrong, over, or made for another installation: the server's log says why"
	}
	return fmt.Errorf("%w: %s (request %s)", kindOf(status, problem.Title), detail, problem.RequestID)
}
