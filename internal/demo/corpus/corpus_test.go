package corpus

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
)

func TestTheDemoTenantIsAsLargeAsPromised(t *testing.T) {
	tenant := loaded(t).Tenant(demoTenant)
	require.GreaterOrEqual(t, len(ofType(tenant, "ticket")), 64)
	require.GreaterOrEqual(t, len(ofType(tenant, "document")), 22)
	require.GreaterOrEqual(t, len(ofType(tenant, "comment")), 8)
	require.GreaterOrEqual(t, len(tenant.Users), 10)
	require.Len(t, tenant.Agents, 2)
	require.Len(t, objectsOf(tenant, "project"), 5)
	require.Len(t, objectsOf(tenant, "security_level"), 2)
	require.NotEmpty(t, internalComments(tenant))
}

func TestTheOtherTenantUsesTheSameProjectsAndSomeOfTheSameNames(t *testing.T) {
	corpus := loaded(t)
	tenant, other := corpus.Tenant(demoTenant), corpus.Tenant(otherTenant)
	require.GreaterOrEqual(t, len(ofType(other, "ticket")), 12)
	require.GreaterOrEqual(t, len(ofType(other, "document")), 4)
	require.ElementsMatch(t, objectsOf(tenant, "project"), objectsOf(other, "project"))

	same := 0
	for _, document := range other.Documents {
		twin, shared := tenant.Document(document.Object)
		if !shared {
			continue
		}
		same++
		require.NotEqual(t, twin.Title, document.Title)
		require.NotEqual(t, twin.Text, document.Text)
	}
	require.GreaterOrEqual(t, same, 8, "the same ids must stand for different documents")
	require.Equal(t, eyeshot.Object("user:ines"), other.Users[1].Object)
	require.NotEqual(t, tenant.NameOf("user:ines"), other.NameOf("user:ines"))
}

func TestEveryNameInARelationshipIsSomething(t *testing.T) {
	for _, tenant := range loaded(t).Tenants {
		known := knownObjects(&tenant)
		for _, r := range everything(&tenant) {
			require.NoError(t, r.Validate())
			require.True(t, known[r.Object], "%s: nothing is %s", r, r.Object)
			if !r.Subject.IsWildcard() && r.Subject.Object().Type() != "delegation" {
				require.True(t, known[r.Subject.Object()], "%s: nothing is %s", r, r.Subject)
			}
		}
		for _, d := range tenant.Delegations {
			require.True(t, known[d.User] && known[d.Agent], "%s", d.Object())
		}
	}
}

func TestNoRelationshipStandsTwice(t *testing.T) {
	for _, tenant := range loaded(t).Tenants {
		seen := map[eyeshot.RelationshipKey]bool{}
		for _, r := range everything(&tenant) {
			require.False(t, seen[r.Key()], "%s", r)
			seen[r.Key()] = true
		}
	}
}

func TestDocumentsHaveTheRelationshipsOfTheirType(t *testing.T) {
	for _, tenant := range loaded(t).Tenants {
		for _, document := range tenant.Documents {
			count := map[string]int{}
			for _, r := range document.Relationships {
				require.Equal(t, document.Object, r.Object)
				require.NotRegexp(t, "^(delegated|task)_", r.Relation, "consent is the users' to give")
				count[r.Relation]++
			}
			switch document.Object.Type() {
			case "ticket":
				require.Equal(t, 1, count["project"], document.Object)
				require.True(t, (count["open"] == 0) != (count["level"] == 0), "%s is open or has a level", document.Object)
			case "comment":
				require.Equal(t, 1, count["ticket"], document.Object)
				require.True(t, (count["everyone"] == 0) != (count["audience"] == 0), "%s is for everyone or has an audience", document.Object)
				require.Equal(t, count["audience"] > 0, document.Metadata["internal"], document.Object)
			case "document":
				folder := eyeshot.Subject("folder:handbook/" + path.Dir(document.Object.Local()))
				require.Contains(t, document.Relationships, eyeshot.Relationship{Subject: folder, Relation: "parent", Object: document.Object})
			default:
				t.Fatalf("%s is of an unexpected type", document.Object)
			}
		}
	}
}

func TestNothingIsForAllUsersButWhatIsMeantToBe(t *testing.T) {
	markers := []string{"open", "everyone"} // these let nobody in by themselves
	for _, tenant := range loaded(t).Tenants {
		for _, r := range everything(&tenant) {
			if r.Subject.IsWildcard() && !slices.Contains(markers, r.Relation) {
				require.Equal(t, "folder:handbook/public#viewer@user:*", r.String())
			}
		}
	}
}

// references are ticket keys and paths of documents, as texts mention them.
var references = regexp.MustCompile(`\b(?:PAY|PLAT|SEC|OPS|HR)-\d+|[a-z0-9/-]+/[a-z0-9-]+\.md`)

func TestTextsReferToWhatIsThere(t *testing.T) {
	for _, tenant := range loaded(t).Tenants {
		locals := map[string]bool{}
		for _, document := range tenant.Documents {
			locals[document.Object.Local()] = true
		}
		found := 0
		for _, document := range tenant.Documents {
			for _, reference := range references.FindAllString(document.Text, -1) {
				found++
				require.True(t, locals[reference], "%s mentions %s", document.Object, reference)
			}
		}
		require.Greater(t, found, len(tenant.Documents)/2, "the texts hardly refer to each other")
	}
}

func TestTextsAreOfRealisticLength(t *testing.T) {
	bounds := map[string][2]int{"ticket": {60, 250}, "comment": {25, 120}, "document": {300, 900}}
	for _, tenant := range loaded(t).Tenants {
		for _, document := range tenant.Documents {
			words, bound := len(strings.Fields(document.Text)), bounds[document.Object.Type()]
			require.True(t, words >= bound[0] && words <= bound[1], "%s has %d words", document.Object, words)
			require.Equal(t, 2026, document.UpdatedAt.Year(), document.Object)
			require.Equal(t, eyeshot.FormatMarkdown, document.Format, document.Object)
			require.Contains(t, document.URL, "."+tenant.Name+".example/")
		}
	}
}

func objectsOf(tenant *Tenant, typ string) []eyeshot.Object {
	var out []eyeshot.Object
	for _, r := range tenant.Relationships {
		if r.Object.Type() == typ && !slices.Contains(out, r.Object) {
			out = append(out, r.Object)
		}
	}
	return out
}

func internalComments(tenant *Tenant) []eyeshot.Document {
	return slices.DeleteFunc(ofType(tenant, "comment"), func(d eyeshot.Document) bool { return d.Metadata["internal"] != true })
}

// knownObjects are accounts, documents, and whatever access.yaml declares.
func knownObjects(tenant *Tenant) map[eyeshot.Object]bool {
	known := map[eyeshot.Object]bool{eyeshot.Object("tenant:" + tenant.Name): true}
	for _, accounts := range [][]Account{tenant.Users, tenant.Agents, tenant.ServiceAccounts} {
		for _, account := range accounts {
			known[account.Object] = true
		}
	}
	for _, r := range tenant.Relationships {
		known[r.Object] = true
	}
	for _, document := range tenant.Documents {
		known[document.Object] = true
	}
	return known
}
