// Package identities says which of Eyeshot's users an account of a source is:
// by an explicit table, by an attribute that tokens carry as their subject, or
// by a verified e-mail address. An account that is nobody's becomes a subject
// that no token can carry, so that whatever the source grants it opens nothing,
// and is seen.
//
// The package translates names. It keeps nothing and decides nothing about
// permissions.
package identities

import (
	"github.com/eyeshot-dev/eyeshot"
)

// Account is an account as its source has it.
type Account struct {
	// ID is what the source never changes: a number, an account id.
	ID    string `json:"id"`
	Login string `json:"login,omitempty"` // may change
	Name  string `json:"name,omitempty"`  // for people to read
	Email string `json:"email,omitempty"`
	// EmailVerified: the source made sure that the address is the account's, or
	// the source's configuration says so.
	EmailVerified bool `json:"email_verified"`
	// Disabled: locked, deactivated, or removed.
	Disabled bool `json:"disabled,omitempty"`
	// Attributes are fields of the account that a rule may use, such as
	// "custom:employee_id".
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Identity is an account and what it became.
type Identity struct {
	Account Account        `json:"account"`
	Subject eyeshot.Object `json:"subject"` // "user:alice", or one that no token can carry
	By      By             `json:"by"`
	// Reason says, for people, why an account is nobody's; "" where it is somebody's.
	Reason string `json:"reason,omitempty"`
}

// Matched reports whether a token can carry the identity's subject.
func (i Identity) Matched() bool { return i.By != Unmatched }

// By says how an account was matched.
type By string

// The ways to match.
const (
	ByTable     By = "table"
	ByAttribute By = "attribute"
	ByEmail     By = "email"
	Unmatched   By = "unmatched"
)

// UnmatchedSubject is the subject of an account that is nobody's:
// "user:~source~id".
//
// SECURITY: ids of verified tokens are escaped by [eyeshot.EscapeID], which
// leaves no '~', so no token can carry it.
func UnmatchedSubject(source, id string) eyeshot.Object {
	return eyeshot.Object(eyeshot.TypeUser + ":~" + eyeshot.EscapeID(source) + "~" + eyeshot.EscapeID(id))
}
