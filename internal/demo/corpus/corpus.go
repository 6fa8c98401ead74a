// Package corpus holds the demo's world inside the binary: two small invented
// companies with their tickets, documents, people and permissions, and the
// script of the walk through them. It reads its files strictly and gives typed
// values. It ingests nothing, searches nothing and decides nothing: what may be
// read is for OpenFGA to say, from the relationships that stand here.
package corpus

import (
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

//go:embed data
var embedded embed.FS

// Corpus is everything that the demo shows. Each call of [Load] makes a new
// one, so a caller may change it.
type Corpus struct {
	Tenants []Tenant // by name
	Story   Story
}

// Tenant is one company.
type Tenant struct {
	Name    string // as in tokens: "northquay"
	Company string // as people say it
	About   string // what it does, in one line

	Users           []Account
	Agents          []Account
	ServiceAccounts []Account

	// Documents are tickets, comments and Markdown documents, each with its own
	// relationships.
	Documents []eyeshot.Document
	// Relationships say who is in which group, project, level and folder. Those
	// of documents and of delegations are not among them.
	Relationships []eyeshot.Relationship
	// Delegations are what people let agents do.
	Delegations []Delegation

	names map[eyeshot.Object]string
}

// Account is somebody or something that a token can stand for, or that acts
// for somebody.
type Account struct {
	ID     string         // the token's subject: "ines"
	Object eyeshot.Object // "user:ines"
	Name   string         // "Ines Carvalho"
	Job    string         // "engineer, refunds squad"
}

// Delegation is what User lets Agent read and edit. The zero ExpiresAt is no
// end.
type Delegation struct {
	User, Agent eyeshot.Object
	Read, Edit  []eyeshot.Object // projects, folders or single documents
	ExpiresAt   time.Time
}

// Load reads the embedded world. It fails with what is wrong, and in which
// file, where a file has an unknown key, a malformed object or a missing part.
func Load() (*Corpus, error) {
	data, err := fs.Sub(embedded, "data")
	if err != nil {
		return nil, fmt.Errorf("opening the demo's data: %w", err)
	}
	return load(data)
}

func load(files fs.FS) (*Corpus, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("listing the demo's tenants: %w", err)
	}
	corpus := &Corpus{}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		tenant, err := loadTenant(files, entry.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the demo's tenant %s: %w", entry.Name(), err)
		}
		corpus.Tenants = append(corpus.Tenants, tenant)
	}
	if corpus.Story, err = loadStory(files); err != nil {
		return nil, fmt.Errorf("reading the demo's story: %w", err)
	}
	return corpus, nil
}

// Tenant returns the tenant of that name, or nil.
func (c *Corpus) Tenant(name string) *Tenant {
	for i := range c.Tenants {
		if c.Tenants[i].Name == name {
			return &c.Tenants[i]
		}
	}
	return nil
}

// Document returns the document of that name; ok is false where the tenant has
// none.
func (t *Tenant) Document(object eyeshot.Object) (document eyeshot.Document, ok bool) {
	for _, document := range t.Documents {
		if document.Object == object {
			return document, true
		}
	}
	return eyeshot.Document{}, false
}

// NameOf returns what people call a user, agent, group, project, level or
// document of the tenant, and the object's own id for anything else.
func (t *Tenant) NameOf(object eyeshot.Object) string {
	if name, ok := t.names[object]; ok {
		return name
	}
	return object.Local()
}

// Object returns the object that holds the delegation's relationships:
// "delegation:ines~deckhand".
func (d Delegation) Object() eyeshot.Object {
	return eyeshot.Principal{Subject: d.User, Actor: d.Agent}.Delegation()
}

// Relationships returns what the delegation comes to in OpenFGA.
func (d Delegation) Relationships() []eyeshot.Relationship {
	var out []eyeshot.Relationship
	for _, grant := range []struct {
		relation string
		objects  []eyeshot.Object
	}{{"delegated_read", d.Read}, {"delegated_edit", d.Edit}} {
		for _, object := range grant.objects {
			out = append(out, eyeshot.Relationship{
				Subject: eyeshot.Subject(d.Object()), Relation: grant.relation, Object: object, Condition: d.condition(),
			})
		}
	}
	return out
}

func (d Delegation) condition() *eyeshot.Condition {
	if d.ExpiresAt.IsZero() {
		return nil
	}
	expires := d.ExpiresAt.UTC().Format(time.RFC3339)
	return &eyeshot.Condition{Name: "unexpired", Context: map[string]any{"expires_at": expires}}
}
