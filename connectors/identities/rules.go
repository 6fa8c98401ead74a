package identities

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

func (r Rules) resolve(ctx context.Context, source string, accounts iter.Seq2[Account, error]) (*Directory, error) {
	d := &Directory{source: source, byID: map[string]Identity{}}
	table := r.table()
	claimed := map[string][]string{} // exact address → accounts that were matched by it
	for account, err := range accounts {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("list the accounts of %s: %w", source, err)
		}
		if _, double := d.byID[account.ID]; !double {
			d.order = append(d.order, account.ID)
		}
		identity := r.match(source, account, table)
		d.byID[account.ID] = identity
		if identity.By == ByEmail {
			address := strings.ToLower(strings.TrimSpace(account.Email))
			claimed[address] = append(claimed[address], account.ID)
		}
	}
	for _, ids := range claimed {
		d.separate(ids)
	}
	return d, nil
}

// separate takes an address away from accounts that share it.
//
// SECURITY: two accounts with one address may be two people, of whom one typed
// the other's.
func (d *Directory) separate(ids []string) {
	slices.Sort(ids)
	if len(slices.Compact(ids)) < 2 {
		return
	}
	for _, id := range ids {
		if identity := d.byID[id]; identity.By == ByEmail {
			d.byID[id] = unmatched(d.source, identity.Account, "more than one account has its e-mail address")
		}
	}
}

// match says who one account is, by the first rule that has an answer.
func (r Rules) match(source string, a Account, table table) Identity {
	if a.Disabled {
		return unmatched(source, a, "it is deactivated")
	}
	if user, listed := table.user(a); listed {
		if user == "" {
			return unmatched(source, a, "the table says that it is nobody's")
		}
		return named(source, a, user, ByTable)
	}
	if r.Attribute != "" {
		if value := a.attribute(r.Attribute); value != "" {
			return named(source, a, r.Prefix+value, ByAttribute)
		}
	}
	if !r.Email {
		return unmatched(source, a, "no rule matches it")
	}
	address, why := r.address(a)
	if why != "" {
		return unmatched(source, a, why)
	}
	return named(source, a, r.Prefix+address, ByEmail)
}

// table is the table of the rules, by its keys and by their lower case.
type table struct{ exact, folded map[string]string }

func (r Rules) table() table {
	out := table{exact: r.Table, folded: make(map[string]string, len(r.Table))}
	for key, user := range r.Table {
		out.folded[strings.ToLower(key)] = user
	}
	return out
}

func (t table) user(a Account) (user string, listed bool) {
	for _, key := range []string{a.ID, a.Login} {
		if user, listed = t.exact[key]; listed && key != "" {
			return user, true
		}
	}
	// SECURITY: an address that nobody has verified names nobody, in the table
	// as elsewhere: it is what its account says of itself.
	if !a.EmailVerified || a.Email == "" {
		return "", false
	}
	user, listed = t.folded[strings.ToLower(strings.TrimSpace(a.Email))]
	return user, listed
}

func (a Account) attribute(name string) string {
	switch name {
	case "id":
		return a.ID
	case "login":
		return a.Login
	}
	return strings.TrimSpace(a.Attributes[name])
}

// address returns the account's address as users are named by it, or why it has
// none.
func (r Rules) address(a Account) (address, why string) {
	address = strings.ToLower(strings.TrimSpace(a.Email))
	local, domain, found := strings.Cut(address, "@")
	switch {
	case address == "":
		return "", "it shows no e-mail address"
	case !found || local == "" || domain == "" || strings.ContainsAny(domain, "@ "):
		return "", "its e-mail address is malformed"
	// SECURITY: an address that nobody has verified is anybody's.
	case !a.EmailVerified:
		return "", "its e-mail address is not verified"
	case len(r.EmailDomains) > 0 && !slices.ContainsFunc(r.EmailDomains, func(d string) bool { return strings.EqualFold(d, domain) }):
		return "", "its e-mail address is of a domain that is not allowed"
	}
	if base, _, plus := strings.Cut(local, "+"); plus && r.PlusAddresses && base != "" {
		local = base
	}
	return local + "@" + domain, ""
}

func named(source string, a Account, user string, by By) Identity {
	subject, err := eyeshot.NewGlobalObject(eyeshot.TypeUser, user)
	if err != nil {
		return unmatched(source, a, "the name of its user can't be one: "+err.Error())
	}
	return Identity{Account: a, Subject: subject, By: by}
}

func unmatched(source string, a Account, reason string) Identity {
	return Identity{Account: a, Subject: UnmatchedSubject(source, a.ID), By: Unmatched, Reason: reason}
}
