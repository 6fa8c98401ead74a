// Package authztest gives tests a real OpenFGA server inside the process, a
// store with a model, and relationships in a notation of one line each. It is
// for tests only.
package authztest

import (
	"context"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
)

// New starts an OpenFGA server of the test's own and returns a client of it.
// Both end with the test.
func New(t testing.TB) *authz.Client {
	t.Helper()
	client, err := authz.NewClient(authz.Config{Transport: Transport(t)})
	if err != nil {
		t.Fatalf("making an authz client: %v", err)
	}
	t.Cleanup(client.Close)
	return client
}

// NewStore starts a server and makes a store on it with a model in OpenFGA's
// modelling language; "" is the model that ships with Eyeshot.
func NewStore(t testing.TB, dsl string) *authz.Store {
	t.Helper()
	return NewStoreOn(t, New(t), dsl)
}

// NewStoreOn makes a store with a model on a server that the test already has.
// The store is pinned to that model.
func NewStoreOn(t testing.TB, client *authz.Client, dsl string) *authz.Store {
	t.Helper()
	if dsl == "" {
		dsl = model.DSL()
	}
	encoded, err := model.JSON(dsl)
	if err != nil {
		t.Fatalf("reading the model: %v", err)
	}
	id, err := client.CreateStore(t.Context(), "test")
	if err != nil {
		t.Fatalf("creating a store: %v", err)
	}
	modelID, err := client.Store(id, "").WriteModel(t.Context(), encoded)
	if err != nil {
		t.Fatalf("writing the model: %v", err)
	}
	return client.Store(id, modelID)
}

// Write adds relationships, given as [Parse] reads them.
func Write(t testing.TB, store *authz.Store, lines ...string) {
	t.Helper()
	if err := store.Write(t.Context(), Tuples(t, lines...), nil); err != nil {
		t.Fatalf("writing relationships: %v", err)
	}
}

// Delete removes relationships, given as [Parse] reads them.
func Delete(t testing.TB, store *authz.Store, lines ...string) {
	t.Helper()
	if err := store.Write(t.Context(), nil, Tuples(t, lines...)); err != nil {
		t.Fatalf("removing relationships: %v", err)
	}
}

// Allowed asks one check, given as "object#relation@subject", without a context
// for conditions. A check that can't be answered fails the test.
func Allowed(t testing.TB, store *authz.Store, line string) bool {
	t.Helper()
	return AllowedWith(t, store, line, nil)
}

// AllowedWith is Allowed with a context for conditions.
func AllowedWith(t testing.TB, store *authz.Store, line string, conditions authz.CheckContext) bool {
	t.Helper()
	check := Tuples(t, line)[0]
	verdict := ask(t.Context(), t, store, check, conditions)
	if verdict.Err != nil {
		t.Fatalf("check %s: %v", line, verdict.Err)
	}
	return verdict.Allowed
}

func ask(ctx context.Context, t testing.TB, store *authz.Store, r eyeshot.Relationship, conditions authz.CheckContext) authz.Verdict {
	t.Helper()
	verdicts, err := store.BatchCheck(ctx, []authz.Check{{Subject: r.Subject, Relation: r.Relation, Object: r.Object}}, conditions)
	if err != nil {
		t.Fatalf("check %s: %v", r, err)
	}
	return verdicts[0]
}
