package redminetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// Do makes a request of Redmine's API as the administrator, or as another user
// where as is a login, and decodes the answer into out unless that is nil. A
// status of 400 or more is returned as it is, with an error that holds the
// answer; 0 stands for none at all.
func (s *Server) Do(method, path, as string, body, out any) (int, error) {
	payload, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequest(method, s.URL+path, bytes.NewReader(payload))
	if err != nil {
		return 0, err
	}
	request.Header.Set("X-Redmine-API-Key", s.Key)
	request.Header.Set("Content-Type", "application/json")
	if as != "" {
		request.Header.Set("X-Redmine-Switch-User", as)
	}
	return s.answer(request, out)
}

func (s *Server) answer(request *http.Request, out any) (int, error) {
	response, err := s.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	if response.StatusCode >= 400 {
		return response.StatusCode, fmt.Errorf("%s %s: %s: %.600s", request.Method, request.URL.Path, response.Status, got)
	}
	if out == nil || len(bytes.TrimSpace(got)) == 0 {
		return response.StatusCode, nil
	}
	return response.StatusCode, json.Unmarshal(got, out)
}

// Call is Do as the administrator, where a refusal fails the test.
func (s *Server) Call(t testing.TB, method, path string, body, out any) {
	t.Helper()
	if _, err := s.Do(method, path, "", body, out); err != nil {
		t.Fatal(err)
	}
}

// Script runs Ruby inside Redmine, for what its API does not reach, and decodes
// the value of the last line into out unless that is nil. Where the server is a
// given one the test is skipped.
func (s *Server) Script(t testing.TB, out any, ruby string) {
	t.Helper()
	if s.secret == "" {
		t.Skip("the Redmine of EYESHOT_TEST_REDMINE is changed through its API only, which does not reach roles")
	}
	request, err := http.NewRequest(http.MethodPost, s.URL+"/redminetest", bytes.NewReader([]byte(ruby)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Redminetest", s.secret)
	result := struct {
		Result any `json:"result"`
	}{out}
	if _, err := s.answer(request, &result); err != nil {
		t.Fatalf("%v\nin the script\n%s", err, ruby)
	}
}
