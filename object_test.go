package eyeshot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
)

func TestAnObjectCarriesItsSourceSoThatTwoSourcesNeverCollide(t *testing.T) {
	a, err := eyeshot.NewObject("ticket", "jira-main", "PAY-1482")
	require.NoError(t, err)
	require.Equal(t, eyeshot.Object("ticket:jira-main/PAY-1482"), a)
	require.Equal(t, "ticket", a.Type())
	require.Equal(t, "jira-main/PAY-1482", a.ID())
	require.Equal(t, "jira-main", a.Source())
	require.Equal(t, "PAY-1482", a.Local())
}

func TestIdentifiersThatOpenFGARefusesAreEncodedAndComeBack(t *testing.T) {
	for _, local := range []string{"with space", "a:b", "a#b", "*", "a~b", "50%", "tab\there", "docs/on call.md", "café", "日本", "a\u00a0b", "line\nbreak"} {
		object, err := eyeshot.NewObject("document", "hand book", local)
		require.NoError(t, err, local)
		_, err = eyeshot.ParseObject(string(object))
		require.NoError(t, err, local)
		require.Equal(t, local, object.Local())
		require.Equal(t, "hand book", object.Source())
	}
}

func TestTwoDifferentIdentifiersNeverGiveTheSameObject(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab/%~:#* 2F5E3A\n")), 1, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		s1, l1, s2, l2 := text.Draw(t, "s1"), text.Draw(t, "l1"), text.Draw(t, "s2"), text.Draw(t, "l2")
		one, err := eyeshot.NewObject("ticket", s1, l1)
		require.NoError(t, err)
		two, err := eyeshot.NewObject("ticket", s2, l2)
		require.NoError(t, err)
		require.Equal(t, s1 == s2 && l1 == l2, one == two, "%q %q", one, two)
		require.Equal(t, s1, one.Source())
		require.Equal(t, l1, one.Local())
	})
}

func TestAMalformedObjectIsRefusedWithWhatIsAllowed(t *testing.T) {
	for input, want := range map[string]string{
		"":                              "type:id",
		"ticket":                        "type:id",
		":x":                            "type:id",
		"ticket:":                       "type:id",
		"ticket:a b":                    "percent-encode",
		"ticket:a:b":                    "percent-encode",
		"ticket:a#b":                    "percent-encode",
		"ticket:*":                      "percent-encode",
		"Ticket:a":                      "lower-case",
		"ti cket:a":                     "lower-case",
		"ticket:\xff":                   "UTF-8",
		"t:" + strings.Repeat("x", 255): "at most 256",
	} {
		_, err := eyeshot.ParseObject(input)
		require.ErrorIs(t, err, eyeshot.ErrInvalid, input)
		require.ErrorContains(t, err, want, input)
	}
}

func TestALongOrEmptyIdentifierIsRefused(t *testing.T) {
	_, err := eyeshot.NewObject("ticket", "jira", strings.Repeat("x", 300))
	require.ErrorContains(t, err, "at most 256")
	_, err = eyeshot.NewObject("ticket", "", "x")
	require.ErrorContains(t, err, "source")
	_, err = eyeshot.NewObject("ticket", "jira", "")
	require.ErrorContains(t, err, "must not be empty")
	_, err = eyeshot.NewObject("ticket", "jira", "a\xffb")
	require.ErrorContains(t, err, "UTF-8")
}

func TestSubjectsComeInThreeForms(t *testing.T) {
	for _, good := range []string{"user:alice", "user:alice@example.com", "user:*", "group:eng#member", "project:jira/PAY#viewer"} {
		_, err := eyeshot.ParseSubject(good)
		require.NoError(t, err, good)
	}
	for _, bad := range []string{"", "alice", "*", "user:*#member", "group:eng#", "group:eng#a#b", "group:*#member", ":*", "user:" + strings.Repeat("x", 600)} {
		_, err := eyeshot.ParseSubject(bad)
		require.ErrorIs(t, err, eyeshot.ErrInvalid, bad)
	}
	require.True(t, eyeshot.Subject("user:*").IsWildcard())
	require.Equal(t, eyeshot.Object("group:eng"), eyeshot.Subject("group:eng#member").Object())
	require.Equal(t, "member", eyeshot.Subject("group:eng#member").Relation())
}

func TestARelationshipIsValidatedInAllItsParts(t *testing.T) {
	good := eyeshot.Relationship{Subject: "user:alice", Relation: "viewer", Object: "ticket:jira/PAY-1"}
	require.NoError(t, good.Validate())
	require.Equal(t, "ticket:jira/PAY-1#viewer@user:alice", good.String())
	for _, bad := range []eyeshot.Relationship{
		{Subject: "", Relation: "viewer", Object: "ticket:a/b"},
		{Subject: "user:alice", Relation: "", Object: "ticket:a/b"},
		{Subject: "user:alice", Relation: "a b", Object: "ticket:a/b"},
		{Subject: "user:alice", Relation: strings.Repeat("r", 51), Object: "ticket:a/b"},
		{Subject: "user:alice", Relation: "viewer", Object: "ticket"},
	} {
		require.ErrorIs(t, bad.Validate(), eyeshot.ErrInvalid, bad.String())
	}
}

func TestALongValueIsCutInAnError(t *testing.T) {
	err := eyeshot.Invalid("limit", strings.Repeat("é", 500), "is too long")
	require.Less(t, len(err.Error()), 250)
	require.Contains(t, err.Error(), "…")
}
