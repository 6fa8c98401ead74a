package identities_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

func listed(accounts ...identities.Account) iter.Seq2[identities.Account, error] {
	return func(yield func(identities.Account, error) bool) {
		for _, a := range accounts {
			if !yield(a, nil) {
				return
			}
		}
	}
}

func resolve(t *testing.T, rules identities.Rules, accounts ...identities.Account) *identities.Directory {
	t.Helper()
	directory, err := rules.Resolve(t.Context(), "jira-main", listed(accounts...))
	require.NoError(t, err)
	return directory
}

func account(id, email string) identities.Account {
	return identities.Account{ID: id, Login: "login-" + id, Email: email, EmailVerified: true}
}

func TestAnAccountIsTheUserOfItsVerifiedAddress(t *testing.T) {
	byEmail := identities.Rules{Email: true, EmailDomains: []string{"Example.com"}, Prefix: "idp:"}
	for name, c := range map[string]struct {
		account identities.Account
		want    eyeshot.Object
	}{
		"as it is":           {account("1", "alice@example.com"), "user:idp%3Aalice@example.com"},
		"whatever its case":  {account("1", " Alice@EXAMPLE.com "), "user:idp%3Aalice@example.com"},
		"of another domain":  {account("1", "alice@elsewhere.example"), ""},
		"of a lookalike":     {account("1", "alice@notexample.com"), ""},
		"of two domains":     {account("1", "alice@example.com@example.com"), ""},
		"plus stays":         {account("1", "alice+x@example.com"), "user:idp%3Aalice+x@example.com"},
		"not verified":       {identities.Account{ID: "1", Email: "alice@example.com"}, ""},
		"without an address": {account("1", ""), ""},
		"malformed":          {account("1", "alice"), ""},
		"deactivated":        {identities.Account{ID: "1", Email: "alice@example.com", EmailVerified: true, Disabled: true}, ""},
	} {
		got := resolve(t, byEmail, c.account).Identity("1")
		if c.want == "" {
			require.False(t, got.Matched(), name)
			require.Equal(t, identities.UnmatchedSubject("jira-main", "1"), got.Subject, name)
			require.NotEmpty(t, got.Reason, name)
			continue
		}
		require.Equal(t, c.want, got.Subject, name)
		require.Equal(t, identities.ByEmail, got.By)
	}
}

func TestPlusAddressesAreOnePersonWhereTheRulesSaySo(t *testing.T) {
	rules := identities.Rules{Email: true, PlusAddresses: true}
	d := resolve(t, rules, account("1", "alice@example.com"), account("2", "alice+jira@example.com"), account("3", "+x@example.com"))
	require.Equal(t, eyeshot.Object("user:alice@example.com"), d.Subject("1"))
	require.Equal(t, eyeshot.Object("user:alice@example.com"), d.Subject("2"))
	require.Equal(t, eyeshot.Object("user:+x@example.com"), d.Subject("3"))
}

func TestAnAddressThatTwoAccountsHaveIsNobodys(t *testing.T) {
	d := resolve(t, identities.Rules{Email: true}, account("1", "team@example.com"), account("2", "Team@example.com"), account("3", "alice@example.com"))
	require.False(t, d.Identity("1").Matched())
	require.False(t, d.Identity("2").Matched())
	require.True(t, d.Identity("3").Matched())
	require.NotEqual(t, d.Subject("1"), d.Subject("2"))
}

func TestTheTableComesFirstAndThenTheAttribute(t *testing.T) {
	rules := identities.Rules{
		Email: true, Attribute: "employee", Prefix: "p-",
		Table: map[string]string{"1": "alice", "login-2": "bob", "Carol@Example.com": "carol", "4": ""},
	}
	with := func(a identities.Account) identities.Account {
		a.Attributes = map[string]string{"employee": "E7"}
		return a
	}
	d := resolve(t, rules, with(account("1", "x@example.com")), account("2", ""), account("3", "carol@example.com"), account("4", "dora@example.com"),
		with(account("5", "eve@example.com")), account("6", "finn@example.com"), identities.Account{ID: "7", Email: "carol@example.com"})
	for id, want := range map[string]struct {
		subject eyeshot.Object
		by      identities.By
	}{
		"1": {"user:alice", identities.ByTable}, "2": {"user:bob", identities.ByTable}, "3": {"user:carol", identities.ByTable},
		"4": {"user:~jira-main~4", identities.Unmatched}, "5": {"user:p-E7", identities.ByAttribute}, "6": {"user:p-finn@example.com", identities.ByEmail},
		"7": {"user:~jira-main~7", identities.Unmatched}, // an address that nobody verified names nobody, in the table as elsewhere
	} {
		require.Equal(t, want.subject, d.Subject(id), id)
		require.Equal(t, want.by, d.Identity(id).By, id)
	}
	login := resolve(t, identities.Rules{Attribute: "login"}, account("1", ""))
	require.Equal(t, eyeshot.Object("user:login-1"), login.Subject("1"))
}

func TestARenamedAccountStaysItsUser(t *testing.T) {
	rules := identities.Rules{Table: map[string]string{"5b10": "alice"}, Email: true}
	before := resolve(t, rules, identities.Account{ID: "5b10", Login: "alice", Email: "alice@example.com", EmailVerified: true})
	after := resolve(t, rules, identities.Account{ID: "5b10", Login: "alice.married", Email: "other@example.com", EmailVerified: true})
	require.Equal(t, before.Subject("5b10"), after.Subject("5b10"))
}

func TestAnAccountThatIsNotListedIsNobody(t *testing.T) {
	d := resolve(t, identities.Rules{Email: true}, account("1", "alice@example.com"))
	require.Equal(t, eyeshot.Object("user:~jira-main~2"), d.Subject("2"))
	require.False(t, d.Identity("2").Matched())
	require.Equal(t, 1, d.Len())
}

// Whatever a token's subject is, it is never the subject of an account that is
// nobody's; and no two accounts, of whatever sources, share one.
func TestNoTokenCanCarryAnUnmatchedSubject(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[a-z~:#*%/ @.+]{1,12}`)
		source, id, other, otherID := text.Draw(rt, "source"), text.Draw(rt, "id"), text.Draw(rt, "other source"), text.Draw(rt, "other id")
		unmatched := identities.UnmatchedSubject(source, id)
		carried, err := eyeshot.NewGlobalObject(eyeshot.TypeUser, text.Draw(rt, "subject of a token"))
		if err == nil && carried == unmatched {
			rt.Fatalf("a token carries %s", unmatched)
		}
		if again, err := eyeshot.NewGlobalObject(eyeshot.TypeUser, unmatched.ID()); err == nil && again == unmatched {
			rt.Fatalf("a token for the user %q carries %s", unmatched.ID(), unmatched)
		}
		if (source != other || id != otherID) && identities.UnmatchedSubject(other, otherID) == unmatched {
			rt.Fatalf("%q/%q and %q/%q share %s", source, id, other, otherID, unmatched)
		}
		if _, err := eyeshot.ParseObject(string(unmatched)); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestAListThatBreaksOffIsAnErrorAndNoDirectory(t *testing.T) {
	broken := errors.New("broken")
	accounts := func(yield func(identities.Account, error) bool) {
		if yield(account("1", "a@example.com"), nil) {
			yield(identities.Account{}, broken)
		}
	}
	_, err := identities.Rules{}.Resolve(t.Context(), "s", accounts)
	require.ErrorIs(t, err, broken)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = identities.Rules{}.Resolve(ctx, "s", listed(account("1", "")))
	require.ErrorIs(t, err, context.Canceled)
}

func TestAHundredThousandAccountsAreResolved(t *testing.T) {
	accounts := func(yield func(identities.Account, error) bool) {
		for i := range 100_000 {
			if !yield(account(fmt.Sprint(i), fmt.Sprintf("u%d@example.com", i)), nil) {
				return
			}
		}
	}
	d, err := identities.Rules{Email: true, Table: map[string]string{"7": "seven"}}.Resolve(t.Context(), "s", accounts)
	require.NoError(t, err)
	require.Equal(t, 100_000, d.Len())
	require.Equal(t, eyeshot.Object("user:u99999@example.com"), d.Subject("99999"))
	require.Equal(t, eyeshot.Object("user:seven"), d.Subject("7"))
}
