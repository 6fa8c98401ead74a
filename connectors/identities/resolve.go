package identities

import (
	"context"
	"iter"

	"github.com/eyeshot-dev/eyeshot"
)

// Rules say how the accounts of a source become users. The zero Rules match
// nobody. They are tried in this order: Table, Attribute, Email.
type Rules struct {
	// Table names users by account: its key is an account's ID, login or e-mail
	// address (in this order), its value the id of a user ("alice" for
	// user:alice), or "" for an account that is to be nobody's.
	Table map[string]string
	// Attribute is the name of one of [Account.Attributes], or "id" or "login",
	// whose value is the subject claim of the user's tokens; "" for none.
	Attribute string
	// Email matches verified addresses: the user's id is the address in lower
	// case, as issuers with `subject_claim: email` give it.
	Email bool
	// EmailDomains are those whose addresses may match; empty: all.
	EmailDomains []string
	// PlusAddresses takes alice+jira@example.com for alice@example.com.
	PlusAddresses bool
	// Prefix is put before a user's id that comes from Attribute or Email, as
	// the issuer's `subject_prefix` is.
	Prefix string
}

// Directory is who the accounts of a source are. It is immutable and safe for
// concurrent use. It takes some 200 bytes an account.
type Directory struct {
	source string
	byID   map[string]Identity
	order  []string
}

// Resolve reads all accounts of a source and says who each is. Accounts that
// come to the same user by e-mail are all unmatched, unless PlusAddresses made
// them so: an address that two accounts claim says nothing about either.
func (r Rules) Resolve(ctx context.Context, source string, accounts iter.Seq2[Account, error]) (*Directory, error) {
	return r.resolve(ctx, source, accounts)
}

// Subject returns the subject of an account; of one that the directory does not
// know, one that no token can carry. It is never "".
func (d *Directory) Subject(id string) eyeshot.Object { return d.Identity(id).Subject }

// Identity returns what an account became; one that is not known is unmatched.
func (d *Directory) Identity(id string) Identity {
	if found, ok := d.byID[id]; ok {
		return found
	}
	return Identity{Account: Account{ID: id}, Subject: UnmatchedSubject(d.source, id), By: Unmatched, Reason: "the source does not list this account"}
}

// All tells every account in the order in which the source listed them.
func (d *Directory) All() iter.Seq[Identity] {
	return func(yield func(Identity) bool) {
		for _, id := range d.order {
			if !yield(d.byID[id]) {
				return
			}
		}
	}
}

// Len returns the number of accounts.
func (d *Directory) Len() int { return len(d.order) }
