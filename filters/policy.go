// Package filters holds the two sides of a permission-aware search: the scope
// (pre-filter: what a principal may see, so that a search looks nowhere else)
// and the gate (post-filter: a check of every candidate, which alone decides).
// It also parses the metadata filter that callers send. It does not search, and
// it keeps no copy of a permission.
package filters

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Policy maps each document type to the relations that reading it takes. A type
// that is not in the policy is readable by nobody.
type Policy map[string]Relations

// Relations are the relations that the parts of a principal must have to a
// document: Read for the subject, Delegated for the delegation of the actor,
// Task for the task.
type Relations struct {
	Read      string
	Delegated string
	Task      string
}

// DefaultPolicy is the policy of the model that ships with Eyeshot.
func DefaultPolicy() Policy {
	read := Relations{Read: "can_read", Delegated: "delegated_read", Task: "task_read"}
	return Policy{"ticket": read, "comment": read, "document": read}
}

// Types lists the document types in byte order.
func (p Policy) Types() []string { return slices.Sorted(maps.Keys(p)) }

// ReadRelations maps each document type to the relation that its readers have.
func (p Policy) ReadRelations() map[string]string {
	read := make(map[string]string, len(p))
	for typ, relations := range p {
		read[typ] = relations.Read
	}
	return read
}

// Validate fails on a policy that could leave a part of a principal unchecked.
func (p Policy) Validate() error {
	if len(p) == 0 {
		return eyeshot.Invalid("policy", "", "names no document type, so nothing could be read")
	}
	for typ, relations := range p {
		if relations.Read == "" || relations.Delegated == "" || relations.Task == "" {
			return eyeshot.Invalid("policy", typ, "must name the relations read, delegated and task")
		}
	}
	return nil
}

// Part is one conjunct of a scope: the subject must have the relation.
type Part struct {
	Subject  eyeshot.Subject
	Relation string
}

// Parts returns what must hold for the principal to read a document of the
// type: always the subject's own permission, and with it that of the delegation
// and of the task where the principal has an actor or a task. It fails on a
// principal that is not valid and on a type that the policy does not know.
//
// SECURITY: a user acts through an agent, so both must hold the permission, and
// a task narrows it further. Dropping a part here widens access.
func (p Policy) Parts(principal eyeshot.Principal, typ string) ([]Part, error) {
	if err := principal.Validate(); err != nil {
		return nil, err
	}
	relations, known := p[typ]
	if !known || relations.Read == "" {
		return nil, fmt.Errorf("%w: type %q is not a document type", eyeshot.ErrNotFound, typ)
	}
	parts := []Part{{eyeshot.Subject(principal.Subject), relations.Read}}
	if principal.Actor != "" {
		parts = append(parts, Part{eyeshot.Subject(principal.Delegation()), relations.Delegated})
	}
	if principal.Task != "" {
		parts = append(parts, Part{eyeshot.Subject(principal.Task), relations.Task})
	}
	return parts, nil
}

// CheckContext is what the model's conditions are evaluated with.
func CheckContext(now time.Time) authz.CheckContext {
	return authz.CheckContext{"current_time": now.UTC().Format(time.RFC3339Nano)}
}
