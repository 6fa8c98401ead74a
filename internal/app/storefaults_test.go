package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

var errDown = fmt.Errorf("%w: the disk is on fire", eyeshot.ErrUnavailable)

func TestAStoreThatFailsIsA503AndNeverAnEmptyAnswer(t *testing.T) {
	faulty, product := withFaultyStore(t)
	tenant := product.NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("A", "Refund one", "", "user:alice"), apptest.Ticket("B", "Refund secret", "", "user:bob"))
	caller := tenant.As("alice")
	for _, operation := range []string{"search", "next", "scores", "passages"} {
		faulty.set(failing(operation, errDown))
		answer := caller.Post("/v1/search", `{"query":"refund"}`)
		require.Equal(t, http.StatusServiceUnavailable, answer.Status, operation)
		require.NotContains(t, string(answer.Body), "fire", "the cause is for operators")
		require.Contains(t, product.Log.String(), "the disk is on fire")
	}
	faulty.set(failing("document", errDown))
	require.Equal(t, http.StatusServiceUnavailable, caller.Document("ticket:jira/A").Status)
	require.Equal(t, http.StatusNotFound, caller.Document("ticket:jira/B").Status, "the store is not even asked")
	faulty.set(failing("stats", errDown))
	require.Equal(t, http.StatusServiceUnavailable, caller.Get("/readyz").Status)
	faulty.set(failing("search", errors.New("a bug")))
	require.Equal(t, http.StatusInternalServerError, caller.Post("/v1/search", `{"query":"refund"}`).Status)
	faulty.set(nil)
	require.Len(t, caller.Search("refund").Results, 1)
}

func TestAStoreThatDoesNotAnswerIsA503InTime(t *testing.T) {
	faulty, product := withFaultyStore(t, func(cfg *config.Config) { cfg.Search.Timeout = 200 * time.Millisecond })
	tenant := product.NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("A", "Refund one", "", "user:alice"))
	for _, operation := range []string{"search", "next", "passages"} {
		faulty.set(func(ctx context.Context, called string) error {
			if called == operation {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		require.Equal(t, http.StatusServiceUnavailable, tenant.As("alice").Post("/v1/search", `{"query":"refund"}`).Status, operation)
	}
}

func TestAPassageThatIsGoneSinceItWasFoundIsToldAsMissing(t *testing.T) {
	faulty, product := withFaultyStore(t)
	tenant := product.NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("A", "Refund one", "", "user:alice"), apptest.Ticket("B", "Refund two", "", "user:alice"))
	ingester := tenant.As("ingester")
	faulty.set(func(_ context.Context, operation string) error {
		if operation == "passages" { // after search and gate
			assert.Equal(t, http.StatusNoContent, ingester.Delete("ticket:jira/A").Status)
		}
		return nil
	})
	response := tenant.As("alice").Search("refund")
	require.Len(t, response.Results, 1)
	require.False(t, response.Complete)
	require.Equal(t, "[content_changed]", fmt.Sprint(response.Incomplete))
}

// What a search found may be old by the time that the gate decides: the gate
// decides by what holds then.
func TestWhatIsRevokedWhileASearchRunsIsNotInItsAnswer(t *testing.T) {
	faulty, product := withFaultyStore(t)
	tenant := product.NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("A", "Refund one", "", "user:alice"), apptest.Ticket("B", "Refund secret", "", "user:alice"))
	faulty.set(func(_ context.Context, operation string) error {
		if operation == "next" { // after the scope, before the gate
			tenant.Revoke("ticket:jira/B#viewer@user:alice")
		}
		return nil
	})
	answer := tenant.As("alice").Post("/v1/search", `{"query":"refund"}`)
	require.Equal(t, http.StatusOK, answer.Status)
	require.NotContains(t, string(answer.Body), "secret")
	require.Contains(t, string(answer.Body), "Refund one")
}

// A store that gives less than it was asked for makes an answer that says so.
func TestAShortAnswerOfTheStoreIsNotTakenForAllOfIt(t *testing.T) {
	faulty, product := withFaultyStore(t)
	tenant := product.NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("A", "Refund one", "", "user:alice"), apptest.Ticket("B", "Refund two", "", "user:alice"))
	faulty.after = func(passages []store.Passage) []store.Passage {
		return slices.DeleteFunc(passages, func(p store.Passage) bool { return p.Ref.Object == "ticket:jira/B" })
	}
	response := tenant.As("alice").Search("refund")
	require.Len(t, response.Results, 1)
	require.False(t, response.Complete)
}

// A document is closed to Alice, opened to Carol, and has another text. Whatever
// fails while that comes in, Alice never sees a word of the new text, nor Carol
// of the old one, and in the end all is as if nothing had failed.
func TestAnIngestThatFailsAnywhereShowsNobodyMoreThanBeforeOrAfter(t *testing.T) {
	fga := newFaultyFGA(t)
	faulty, product := withFaultyStore(t, func(cfg *config.Config) { cfg.Authz.URL, cfg.Authz.PollInterval = fga.server.URL, time.Hour })
	tenant := product.NewTenant(t)
	before := apptest.Ticket("A", "Refund as it was", "", "user:alice", "user:bob")
	after := apptest.Ticket("A", "Refund secret", "", "user:bob", "user:carol")
	body := map[string]any{"source": "jira", "documents": []any{after}}
	failures := 0
	for at := int64(1); ; at++ {
		tenant.Ingest("jira", before)
		faulty.set(func(context.Context, string) error {
			if faulty.calls.Load()+fga.calls.Load() >= at {
				return errDown
			}
			return nil
		})
		fga.set(func(c *fgaCall) {
			if faulty.calls.Load()+fga.calls.Load() >= at {
				panic(http.ErrAbortHandler)
			}
			c.pass()
		})
		answer := tenant.As("ingester").Post("/v1/documents", body)
		faulty.set(nil)
		fga.set(nil)
		requireNotShown(t, tenant.As("alice"), "secret")
		requireNotShown(t, tenant.As("carol"), "as it was")
		requireNotShown(t, tenant.As("nobody"), "efund")
		if answer.Status == http.StatusOK {
			break
		}
		failures++
		require.Equal(t, http.StatusServiceUnavailable, answer.Status, "%s", answer.Body)
		tenant.Ingest("jira", after) // the next run mends it
		requireNotShown(t, tenant.As("alice"), "secret")
		require.Len(t, tenant.As("carol").Search("secret").Results, 1)
	}
	require.Greater(t, failures, 5, "it failed at each step")
}

func requireNotShown(t *testing.T, caller *apptest.Caller, word string) {
	t.Helper()
	search := caller.Post("/v1/search", `{"query":"refund as it was secret"}`)
	require.Equal(t, http.StatusOK, search.Status)
	document := caller.Document("ticket:jira/A")
	for _, answer := range []apptest.Answer{search, document} {
		require.NotContains(t, string(answer.Body), word)
	}
	var response httpapi.SearchResponse
	search.Decode(&response)
	require.True(t, response.Complete)
}
