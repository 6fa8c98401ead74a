package authz_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// TestFailuresSayWhatACallerCanDo holds each answer of OpenFGA to the project's
// errors: retry, mend the input, or give up.
func TestFailuresSayWhatACallerCanDo(t *testing.T) {
	tests := map[string]struct {
		reply reply
		want  error
		says  string
	}{
		"a refused relationship": {
			reply{status: 400, body: `{"code":"validation_error","message":"Invalid tuple 'ticket:a/1#reads@user:al'. Reason: relation 'ticket#reads' not found"}`},
			eyeshot.ErrInvalid, "relation 'ticket#reads' not found",
		},
		"a store that is gone":             {reply{status: 404, body: `{"code":"store_id_not_found","message":"Store ID not found"}`}, eyeshot.ErrNotFound, "Store ID not found"},
		"a model that is gone":             {reply{status: 400, body: `{"code":"authorization_model_not_found","message":"Authorization Model 'x' not found"}`}, eyeshot.ErrNotFound, "'x'"},
		"no model at all":                  {reply{status: 400, body: `{"code":"latest_authorization_model_not_found","message":"No authorization models found"}`}, eyeshot.ErrNotFound, "No authorization models"},
		"another writer":                   {reply{status: 409, body: `{"code":"Aborted","message":"transactional write failed due to conflict"}`}, eyeshot.ErrConflict, "conflict"},
		"an internal error":                {reply{status: 500, body: `{"code":"internal_error","message":"Internal Server Error"}`}, eyeshot.ErrUnavailable, "500 internal_error"},
		"a rate limit":                     {reply{status: 429, body: `{"code":"rate_limit_exceeded","message":"Rate limit exceeded"}`}, eyeshot.ErrUnavailable, "429"},
		"a proxy without a server":         {reply{status: 502, body: "<html>Bad Gateway</html>"}, eyeshot.ErrUnavailable, "502"},
		"a server that is no OpenFGA":      {reply{status: 404, body: "404 page not found"}, eyeshot.ErrUnavailable, "is authz.url an OpenFGA"},
		"a 400 that is not OpenFGA's":      {reply{status: 400, body: "Bad Request"}, eyeshot.ErrUnavailable, "400"},
		"credentials that are missing":     {reply{status: 401, body: `{"code":"bearer_token_missing","message":"missing bearer token"}`}, eyeshot.ErrUnavailable, "credentials"},
		"credentials that are not enough":  {reply{status: 403, body: `{"code":"forbidden","message":"no"}`}, eyeshot.ErrUnavailable, "credentials"},
		"a request given up by the server": {reply{status: 400, body: `{"code":"cancelled","message":"Request Cancelled"}`}, eyeshot.ErrUnavailable, "cancelled"},
		"a redirect":                       {reply{status: 307, header: http.Header{"Location": {"http://elsewhere.invalid"}}}, eyeshot.ErrUnavailable, "307"},
		"an empty answer":                  {reply{}, eyeshot.ErrUnavailable, "empty"},
		"an answer that is not JSON":       {reply{body: "<html>"}, eyeshot.ErrUnavailable, "malformed"},
		"an answer without its list":       {reply{body: "{}"}, eyeshot.ErrUnavailable, `no "tuples"`},
		"a connection that breaks":         {reply{err: errors.New("connection reset")}, eyeshot.ErrUnavailable, "connection reset"},
	}
	sentinels := []error{
		eyeshot.ErrUnavailable, eyeshot.ErrInvalid, eyeshot.ErrNotFound, eyeshot.ErrConflict,
		eyeshot.ErrForbidden, eyeshot.ErrUnauthenticated,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store, server := newScripted(t, func(call) reply { return test.reply })
			_, err := store.Read(t.Context(), authz.ReadFilter{}, 10, "")
			for _, sentinel := range sentinels {
				if got := errors.Is(err, sentinel); got != (sentinel == test.want) {
					t.Errorf("%v is %v: %v", err, sentinel, got)
				}
			}
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v does not say %q", err, test.says)
			}
			if server.count() != 1 {
				t.Errorf("asked %d times although retries are off", server.count())
			}
		})
	}
}

func TestWhatMayMendItselfIsTriedAgainAndNothingElse(t *testing.T) {
	const empty = `{"tuples":[],"continuation_token":""}`
	tests := map[string]struct {
		first reply
		tries int
	}{
		"500":                {reply{status: 500}, 2},
		"429":                {reply{status: 429}, 2},
		"422, throttled":     {reply{status: 422}, 2},
		"a broken line":      {reply{err: errors.New("reset")}, 2},
		"400":                {reply{status: 400, body: `{"code":"validation_error"}`}, 1},
		"401":                {reply{status: 401}, 1},
		"404":                {reply{status: 404}, 1},
		"a malformed answer": {reply{body: "{"}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store, server := newScriptedWith(t, authz.Config{Retries: 3}, func(c call) reply {
				if c.n == 0 {
					return test.first
				}
				return reply{body: empty}
			})
			_, err := store.Read(t.Context(), authz.ReadFilter{}, 10, "")
			if (err == nil) != (test.tries == 2) || server.count() != test.tries {
				t.Errorf("%d tries and %v, want %d tries", server.count(), err, test.tries)
			}
		})
	}
}

func TestRetriesEnd(t *testing.T) {
	store, server := newScriptedWith(t, authz.Config{Retries: 3}, func(call) reply { return reply{status: 503} })
	if _, err := store.Read(t.Context(), authz.ReadFilter{}, 10, ""); !errors.Is(err, eyeshot.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if server.count() != 4 {
		t.Errorf("asked %d times, want once and three retries", server.count())
	}
}

// TestARetryThatWouldComeTooLateIsNotWaitedFor would take an hour, and so end in
// the test's time-out, if the server's word were followed without a look at how
// much time there is.
func TestARetryThatWouldComeTooLateIsNotWaitedFor(t *testing.T) {
	store, server := newScriptedWith(t, authz.Config{Retries: 3, Timeout: time.Hour}, func(call) reply {
		return reply{status: 429, header: http.Header{"Retry-After": {"7200"}}}
	})
	if _, err := store.Read(t.Context(), authz.ReadFilter{}, 10, ""); !errors.Is(err, eyeshot.ErrUnavailable) || server.count() != 1 {
		t.Errorf("got %v after %d tries", err, server.count())
	}
}

func TestACallerWhoGivesUpDuringAPauseIsNotKept(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	store, server := newScriptedWith(t, authz.Config{Retries: 3, RetryWait: time.Hour, Timeout: 100 * time.Hour}, func(call) reply {
		cancel()
		return reply{status: 503}
	})
	if _, err := store.Read(ctx, authz.ReadFilter{}, 10, ""); !errors.Is(err, eyeshot.ErrUnavailable) || server.count() != 1 {
		t.Errorf("got %v after %d tries", err, server.count())
	}
}

func TestAnAPITokenIsSentWithEveryRequest(t *testing.T) {
	store, server := newScriptedWith(t, authz.Config{Credentials: authz.Credentials{APIToken: "s3cret"}}, func(c call) reply { return allowing(t, c) })
	if _, err := store.BatchCheck(t.Context(), checksOf(1), nil); err != nil {
		t.Fatal(err)
	}
	if got := server.calls[0].header.Get("Authorization"); got != "Bearer s3cret" {
		t.Errorf("sent %q", got)
	}
}

func TestClientCredentialsAreTurnedIntoATokenOnceAndSentWithEveryRequest(t *testing.T) {
	tokens := 0
	cfg := authz.Config{Credentials: authz.Credentials{
		TokenURL: "https://issuer.invalid/oauth/token", ClientID: "eyeshot", ClientSecret: "s3cret", Audience: "https://fga", Scopes: []string{"a", "b"},
	}}
	var form string
	store, server := newScriptedWith(t, cfg, func(c call) reply {
		if c.request.URL.Host == "issuer.invalid" {
			tokens++
			form = string(c.body)
			return reply{body: `{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}`}
		}
		return allowing(t, c)
	})
	for range 3 {
		if _, err := store.BatchCheck(t.Context(), checksOf(1), nil); err != nil {
			t.Fatal(err)
		}
	}
	if tokens != 1 {
		t.Errorf("fetched %d tokens, want one", tokens)
	}
	for _, part := range []string{"grant_type=client_credentials", "audience=https%3A%2F%2Ffga", "scope=a+b"} {
		if !strings.Contains(form, part) {
			t.Errorf("asked for a token with %q, which lacks %s", form, part)
		}
	}
	for _, c := range server.calls {
		if c.request.URL.Host != "issuer.invalid" && c.header.Get("Authorization") != "Bearer t0ken" {
			t.Errorf("asked with %q", c.header.Get("Authorization"))
		}
	}
}

func TestATokenThatCannotBeFetchedIsAnOutageAndTellsNoSecret(t *testing.T) {
	cfg := authz.Config{Retries: -1, Credentials: authz.Credentials{TokenURL: "https://issuer.invalid/", ClientID: "eyeshot", ClientSecret: "s3cret"}}
	store, _ := newScriptedWith(t, cfg, func(c call) reply {
		if c.request.URL.Host == "issuer.invalid" {
			return reply{status: 401, body: `{"error":"invalid_client"}`}
		}
		return allowing(t, c)
	})
	verdicts, err := store.BatchCheck(t.Context(), checksOf(2), nil)
	allUnanswered(t, verdicts, err, 2)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error is %v", err)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	cfg := authz.Config{URL: "https://fga.example", Credentials: authz.Credentials{APIToken: "s3cret", ClientSecret: "s3cret"}}
	encoded, err := json.Marshal(cfg.Credentials)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("starting", "token", cfg.Credentials.APIToken, "config", cfg)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("starting", "token", cfg.Credentials.APIToken, "credentials", cfg.Credentials)
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %v", cfg, cfg, cfg, cfg.Credentials.APIToken, cfg.Credentials.APIToken, cfg.Credentials.APIToken, &cfg.Credentials) + string(encoded) + log.String()
	if strings.Contains(printed, "s3cret") || strings.Contains(printed, fmt.Sprintf("%x", "s3cret")) {
		t.Errorf("a secret was printed: %s", printed)
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	embedded := &scripted{t: t}
	configs := map[string]authz.Config{
		"nothing":             {},
		"no scheme":           {URL: "fga.example:8080"},
		"another scheme":      {URL: "grpc://fga.example"},
		"no host":             {URL: "https://"},
		"two credentials":     {Transport: embedded, Credentials: authz.Credentials{APIToken: "a", TokenURL: "https://x", ClientID: "b", ClientSecret: "c"}},
		"half of credentials": {Transport: embedded, Credentials: authz.Credentials{ClientID: "b", ClientSecret: "c"}},
		"a token URL of none": {Transport: embedded, Credentials: authz.Credentials{TokenURL: "x", ClientID: "b", ClientSecret: "c"}},
		"negative lots":       {Transport: embedded, MaxChecksPerBatch: -1},
		"negative parallel":   {Transport: embedded, ParallelBatches: -1},
		"negative writes":     {Transport: embedded, MaxTuplesPerWrite: -1},
	}
	for name, cfg := range configs {
		if _, err := authz.NewClient(cfg); !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestARemoteServerIsReachedOverTheNetworkByTheSameCode(t *testing.T) {
	remote := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/fga/stores" || r.Header.Get("Authorization") != "Bearer s3cret" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(`{"stores":[],"continuation_token":""}`))
	}))
	defer remote.Close()
	client, err := authz.NewClient(authz.Config{URL: remote.URL + "/fga/", Credentials: authz.Credentials{APIToken: "s3cret"}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Ping(t.Context()); err != nil {
		t.Errorf("it does not answer: %v", err)
	}
	remote.Close()
	if err := client.Ping(t.Context()); !errors.Is(err, eyeshot.ErrUnavailable) {
		t.Errorf("a server that is gone gives %v", err)
	}
}
