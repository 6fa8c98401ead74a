package identity

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
)

// names are the parts of a principal as a token spells them, before they
// become objects. An empty actor or task is one that the token does not have.
type names struct {
	tenant, typ, subject, actor, task string
}

// principal builds the principal, or fails with an [eyeshot.InvalidError]
// whose Field is "tenant", "principal_type", "subject", "actor" or "task".
func (n names) principal() (eyeshot.Principal, error) {
	p := eyeshot.Principal{Tenant: n.tenant}
	if err := CheckTenant(n.tenant); err != nil {
		return eyeshot.Principal{}, err
	}
	if err := checkType(n.typ); err != nil {
		return eyeshot.Principal{}, err
	}
	var errs [3]error
	p.Subject, errs[0] = object("subject", n.typ, n.subject)
	if n.actor != "" {
		p.Actor, errs[1] = object("actor", "agent", n.actor)
	}
	if n.task != "" {
		p.Task, errs[2] = object("task", "task", n.task)
	}
	for _, err := range errs {
		if err != nil {
			return eyeshot.Principal{}, err
		}
	}
	if err := checkDelegation(p); err != nil {
		return eyeshot.Principal{}, err
	}
	return p, nil
}

func checkType(typ string) error {
	if typ != eyeshot.TypeUser && typ != eyeshot.TypeServiceAccount {
		return eyeshot.Invalid("principal_type", typ, `must be "user" or "service_account"`)
	}
	return nil
}

// object escapes a name into an object of a type that belongs to no source.
//
// SECURITY: decoding JSON turns every broken byte and lone surrogate into
// U+FFFD, so two different names would become one; a name that holds it is
// refused.
func object(field, typ, name string) (eyeshot.Object, error) {
	if strings.ContainsRune(name, utf8.RuneError) {
		return "", eyeshot.Invalid(field, strings.ToValidUTF8(name, "?"), "must be valid Unicode without U+FFFD")
	}
	o, err := eyeshot.NewGlobalObject(typ, name)
	var invalid *eyeshot.InvalidError
	if errors.As(err, &invalid) {
		return "", eyeshot.Invalid(field, name, invalid.Reason)
	}
	return o, err
}

// checkDelegation makes sure that the object which holds what the subject lets
// the actor do is one that OpenFGA takes: two long names may not fit together.
func checkDelegation(p eyeshot.Principal) error {
	if p.Actor == "" {
		return nil
	}
	if _, err := eyeshot.ParseObject(string(p.Delegation())); err != nil {
		return eyeshot.Invalid("actor", eyeshot.UnescapeID(p.Actor.ID()), "is too long beside the subject: their delegation does not fit into 256 bytes")
	}
	return nil
}
