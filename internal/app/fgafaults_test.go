package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// remote is a product on a faulty OpenFGA, which two checks a batch make every
// answer several batches.
func remote(t *testing.T, change ...func(*config.Config)) (*faultyFGA, *apptest.Product) {
	t.Helper()
	fga := newFaultyFGA(t)
	product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) {
		cfg.Authz.URL, cfg.Authz.ChecksPerBatch = fga.server.URL, 2
		cfg.Authz.PollInterval = time.Hour // the index learns nothing by itself
		for _, c := range change {
			c(cfg)
		}
	}})
	return fga, product
}

// staleTenant is a tenant of which the permission index still believes that
// Alice may read what OpenFGA denies her: nothing but the gate stands between
// her and the documents that say "secret". She may read six others.
func staleTenant(t *testing.T, fga *faultyFGA, product *apptest.Product) *apptest.Tenant {
	tenant := product.NewTenant(t)
	var docs []apptest.Doc
	var revoked []string
	for i := range 6 {
		docs = append(docs, apptest.Ticket(fmt.Sprintf("MINE-%d", i), fmt.Sprintf("Refund number %d", i), "", "user:alice"))
		docs = append(docs, apptest.Ticket(fmt.Sprintf("HERS-%d", i), fmt.Sprintf("Refund secret %d", i), "", "user:alice", "user:bob"))
		revoked = append(revoked, fmt.Sprintf("ticket:jira/HERS-%d#viewer@user:alice", i))
	}
	tenant.Ingest("jira", docs...)
	fga.elsewhere(tenant.Name, nil, revoked)
	return tenant
}

func TestWithoutAFaultTheGateRemovesWhatTheIndexBelieves(t *testing.T) {
	fga, product := remote(t)
	response := staleTenant(t, fga, product).As("alice").Search("refund")
	require.Len(t, response.Results, 6)
	require.True(t, response.Complete)
	require.Contains(t, metrics(t, product), "eyeshot_gate_denied_total 6")
}

func metrics(t *testing.T, product *apptest.Product) string {
	t.Helper()
	return string(product.Caller(t, "").Get("/metrics").Body)
}

func allAllowed(verdicts map[string]json.RawMessage) {
	for id := range verdicts {
		verdicts[id] = json.RawMessage(`{"allowed":true}`)
	}
}

// fgaFaults are answers that OpenFGA, or what stands between, could give to
// checks. None of them says that Alice may read a secret in a way that counts.
var fgaFaults = map[string]fault{
	"connection broken": func(*fgaCall) { panic(http.ErrAbortHandler) },
	"500":               func(c *fgaCall) { c.answer(500, []byte(`{"code":"internal_error","message":"x"}`)) },
	"429":               func(c *fgaCall) { c.answer(429, nil) },
	"our credentials":   func(c *fgaCall) { c.answer(401, []byte(`{"code":"bearer_token_missing"}`)) },
	"forbidden":         func(c *fgaCall) { c.answer(403, nil) },
	"page of a proxy":   func(c *fgaCall) { c.answer(200, []byte("<html>Welcome</html>")) },
	"not found":         func(c *fgaCall) { c.answer(404, []byte("nothing here")) },
	"store is gone":     func(c *fgaCall) { c.answer(404, []byte(`{"code":"store_id_not_found"}`)) },
	"no model":          func(c *fgaCall) { c.answer(400, []byte(`{"code":"authorization_model_not_found"}`)) },
	"validation":        func(c *fgaCall) { c.answer(400, []byte(`{"code":"validation_error","message":"relation not found"}`)) },
	"redirect": func(c *fgaCall) {
		c.w.Header().Set("Location", "http://openfga.invalid/")
		c.answer(307, nil)
	},
	"empty body":   func(c *fgaCall) { c.answer(200, nil) },
	"no result":    func(c *fgaCall) { c.answer(200, []byte(`{}`)) },
	"empty result": func(c *fgaCall) { c.answer(200, []byte(`{"result":{}}`)) },
	"null result":  func(c *fgaCall) { c.answer(200, []byte(`{"result":null}`)) },
	"cut off": func(c *fgaCall) {
		_, body := c.forward()
		c.answer(200, body[:len(body)-2])
	},
	"one verdict missing": func(c *fgaCall) {
		c.checks(func(verdicts map[string]json.RawMessage) {
			allAllowed(verdicts)
			for id := range verdicts {
				delete(verdicts, id)
				break
			}
			for id := range verdicts { // the other one is as it is
				verdicts[id] = json.RawMessage(`{"allowed":false}`)
			}
		})
	},
	"allowed by other ids": func(c *fgaCall) {
		c.checks(func(verdicts map[string]json.RawMessage) {
			for id := range verdicts {
				delete(verdicts, id)
				verdicts["x"+id] = json.RawMessage(`{"allowed":true}`)
			}
		})
	},
	"allowed with an error": func(c *fgaCall) {
		c.checks(func(verdicts map[string]json.RawMessage) {
			for id := range verdicts {
				verdicts[id] = json.RawMessage(`{"allowed":true,"error":{"internal_error":"deadline_exceeded"}}`)
			}
		})
	},
	"allowed as a string": func(c *fgaCall) {
		c.checks(func(verdicts map[string]json.RawMessage) {
			for id := range verdicts {
				verdicts[id] = json.RawMessage(`{"allowed":"true"}`)
			}
		})
	},
	"answers doubled": func(c *fgaCall) {
		_, body := c.forward()
		denied := strings.TrimSuffix(strings.TrimPrefix(string(body), `{"result":{`), "}}")
		c.answer(200, []byte(`{"result":{`+denied+","+strings.ReplaceAll(denied, "false", "true")+"}}"))
	},
	"some batches only": func(c *fgaCall) {
		if c.n%2 == 0 {
			panic(http.ErrAbortHandler)
		}
		c.pass()
	},
}

// The answer to a search is either whole, or says that it is not, or is a 503;
// and whichever it is, it holds nothing that OpenFGA denies.
func TestNothingLeaksWhateverOpenFGAAnswers(t *testing.T) {
	fga, product := remote(t)
	tenant := staleTenant(t, fga, product)
	for name, fault := range fgaFaults {
		t.Run(name, func(t *testing.T) {
			fga.set(onChecks(fault))
			defer fga.set(nil)
			caller := tenant.As("alice")
			search := caller.Post("/v1/search", `{"query":"refund","limit":100}`)
			require.NotContains(t, string(search.Body), "secret")
			requireHonest(t, search, 6)
			secret := caller.Document("ticket:jira/HERS-1")
			require.NotContains(t, string(secret.Body), "secret")
			require.Contains(t, []int{http.StatusServiceUnavailable, http.StatusNotFound}, secret.Status)
			mine := caller.Document("ticket:jira/MINE-1")
			require.Contains(t, []int{http.StatusServiceUnavailable, http.StatusOK}, mine.Status, "what it may read is never said not to exist")
		})
	}
	require.Len(t, tenant.As("alice").Search("refund").Results, 6, "afterwards all is as before")
}

// requireHonest wants a 503, an answer that says it is incomplete, or all of it.
func requireHonest(t *testing.T, answer apptest.Answer, all int) {
	t.Helper()
	if answer.Status == http.StatusServiceUnavailable {
		require.Equal(t, "1", answer.Header.Get("Retry-After"))
		return
	}
	require.Equal(t, http.StatusOK, answer.Status, "%s", answer.Body)
	var response httpapi.SearchResponse
	answer.Decode(&response)
	if response.Complete {
		require.Len(t, response.Results, all, "an answer that calls itself complete is")
		return
	}
	require.NotEmpty(t, response.Incomplete)
}
