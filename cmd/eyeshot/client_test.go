package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func connect(t *testing.T, url string) *serverClient {
	t.Helper()
	r := remote{url: url, token: "secret"}
	client, err := r.connect(nil)
	require.NoError(t, err)
	return client
}

func TestATokenIsNotTakenAlongByARedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the request was taken elsewhere, with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	err := connect(t, server.URL).post(t.Context(), "/v1/search", map[string]any{}, &struct{}{})
	require.ErrorContains(t, err, "is not an eyeshot server: status 307")
}

func TestWhatIsNoEyeshotServerIsNamed(t *testing.T) {
	for _, answer := range []string{"<html>", "", `"text"`} {
		for _, status := range []int{http.StatusOK, http.StatusBadGateway} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(answer))
			}))
			var out struct{}
			err := connect(t, server.URL).post(t.Context(), "/v1/search", map[string]any{}, &out)
			server.Close()
			require.ErrorContains(t, err, "what answers at "+server.URL+" is not an eyeshot server", "%d %q", status, answer)
			require.NotContains(t, err.Error(), "secret")
			require.Equal(t, exitFailed, exitCode(err))
		}
	}
}

func TestAProblemKeepsItsKindAndItsRequest(t *testing.T) {
	for status, want := range map[int]int{400: exitUsage, 413: exitUsage, 401: exitDenied, 403: exitDenied, 404: exitFailed, 409: exitFailed, 500: exitFailed, 503: exitUnavailable} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"type":"urn:eyeshot:problem:x","title":"Title","detail":"what is wrong","request_id":"r-1"}`))
		}))
		err := connect(t, server.URL).post(t.Context(), "/v1/search", map[string]any{}, &struct{}{})
		server.Close()
		require.ErrorContains(t, err, "what is wrong", status)
		require.ErrorContains(t, err, "(request r-1)", status)
		require.Equal(t, want, exitCode(err), status)
	}
}
