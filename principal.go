package eyeshot

import (
	"fmt"
	"strings"
)

// Types of subject that a token can stand for.
const (
	TypeUser           = "user"
	TypeServiceAccount = "service_account"
)

// Principal is who a request acts for and through. Subject is the user or
// service account whose permissions bound everything; Actor, where set, is the
// agent that acts for the subject, and Task, where set, is the run that narrows
// it further. The effective permission is the conjunction of all parts that
// are set. A Principal without tenant or subject is not "anonymous": it is an
// error wherever it is used.
type Principal struct {
	Tenant  string // the tenant's name, from the verified token alone
	Subject Object // "user:alice" or "service_account:ci"
	Actor   Object // "agent:claude", or "" where nobody acts in between
	Task    Object // "task:01J…", or "" where no task narrows the request
}

// Validate fails with [ErrUnauthenticated] on a principal that names no tenant
// or no subject, or that carries a part of the wrong type.
//
// SECURITY: a zero Principal must never reach a permission decision.
func (p Principal) Validate() error {
	switch {
	case p.Tenant == "":
		return fmt.Errorf("%w: the principal has no tenant", ErrUnauthenticated)
	case !isSubjectType(p.Subject):
		return fmt.Errorf("%w: the principal has no subject of type user or service_account", ErrUnauthenticated)
	case p.Actor != "" && !hasType(p.Actor, "agent"):
		return fmt.Errorf("%w: the principal's actor is not an agent", ErrUnauthenticated)
	case p.Task != "" && !hasType(p.Task, "task"):
		return fmt.Errorf("%w: the principal's task is not a task", ErrUnauthenticated)
	}
	return nil
}

// Delegation returns the object that holds what the subject lets the actor do,
// "delegation:<user>~<agent>", or "" where the principal has no actor. For a
// service account it is "delegation:service_account~<id>~<agent>": ids hold no
// '~' of their own (see [EscapeID]), so no two pairs share a delegation.
func (p Principal) Delegation() Object {
	if p.Actor == "" {
		return ""
	}
	subject := p.Subject.ID()
	if p.Subject.Type() != TypeUser {
		subject = p.Subject.Type() + "~" + subject
	}
	return Object("delegation:" + subject + "~" + p.Actor.ID())
}

// String names the principal for logs of operators: tenant/subject via actor in task.
func (p Principal) String() string {
	var b strings.Builder
	b.WriteString(p.Tenant + "/" + string(p.Subject))
	if p.Actor != "" {
		b.WriteString(" via " + string(p.Actor))
	}
	if p.Task != "" {
		b.WriteString(" in " + string(p.Task))
	}
	return b.String()
}

func isSubjectType(o Object) bool {
	return hasType(o, TypeUser) || hasType(o, TypeServiceAccount)
}

func hasType(o Object, typ string) bool {
	parsed, err := ParseObject(string(o))
	return err == nil && parsed.Type() == typ
}
