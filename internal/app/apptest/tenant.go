package apptest

import (
	"fmt"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
	"github.com/eyeshot-dev/eyeshot/internal/tenants"
)

// Tenant is a tenant of the test's own. Its user "ingester" may ingest.
type Tenant struct {
	Name    string
	Product *Product
	t       testing.TB
	opened  *tenants.Tenant
}

// NewTenant sets up a tenant with the relationships, one a line in the notation
// of [authztest.Parse].
func (p *Product) NewTenant(t testing.TB, relationships ...string) *Tenant {
	t.Helper()
	name := fmt.Sprintf("t%d", p.tenants.Add(1))
	opened, err := p.Tenants.Create(t.Context(), name)
	if err != nil {
		t.Fatalf("setting up tenant %s: %v", name, err)
	}
	tenant := &Tenant{Name: name, Product: p, t: t, opened: opened}
	tenant.Grant(append(relationships, "tenant:"+name+"#ingester@user:ingester")...)
	return tenant
}

// Grant adds relationships, as an operator does.
func (n *Tenant) Grant(lines ...string) {
	n.t.Helper()
	if err := n.opened.Write(n.t.Context(), authztest.Tuples(n.t, lines...), nil); err != nil {
		n.t.Fatalf("granting: %v", err)
	}
}

// Revoke removes relationships.
func (n *Tenant) Revoke(lines ...string) {
	n.t.Helper()
	if err := n.opened.Write(n.t.Context(), nil, authztest.Tuples(n.t, lines...)); err != nil {
		n.t.Fatalf("revoking: %v", err)
	}
}

// As is a caller with a token of a user of the tenant.
func (n *Tenant) As(user string) *Caller {
	n.t.Helper()
	return n.With(identity.Request{Subject: user})
}

// With is a caller with the token that is asked for; its tenant is this one.
func (n *Tenant) With(request identity.Request) *Caller {
	n.t.Helper()
	request.Tenant = n.Name
	token, err := n.Product.Issuer.Mint(n.t.Context(), request)
	if err != nil {
		n.t.Fatalf("minting a token: %v", err)
	}
	return n.Product.Caller(n.t, token)
}

// Doc is a document in an upsert.
type Doc map[string]any

// Ticket is a ticket that the users may read.
func Ticket(id, title, text string, viewers ...string) Doc {
	relationships := []map[string]string{}
	for _, viewer := range viewers {
		relationships = append(relationships, map[string]string{"user": viewer, "relation": "viewer"})
	}
	return Doc{"id": id, "type": "ticket", "title": title, "text": text, "relationships": relationships}
}

// Object is the object of a ticket of the source.
func Object(t testing.TB, source, id string) eyeshot.Object {
	t.Helper()
	object, err := eyeshot.NewObject("ticket", source, id)
	if err != nil {
		t.Fatal(err)
	}
	return object
}

// Ingest brings documents in over HTTP and fails the test where one is refused.
func (n *Tenant) Ingest(source string, docs ...Doc) {
	n.t.Helper()
	answer := n.As("ingester").Post("/v1/documents", map[string]any{"source": source, "documents": docs})
	if answer.Status != 200 {
		n.t.Fatalf("ingesting is answered with %d: %s", answer.Status, answer.Body)
	}
}
