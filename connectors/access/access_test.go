package access_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/access"
)

const example = `
tenant:
  admin: [user:root]
  member: ["group:eng"]
groups:
  eng: [user:alice, group:payments]
  payments: ["user:bob@example.com", service_account:ci]
projects:
  PAY:
    owner: [group:payments]
    viewer: [tenant, "user:*"]
  WEB: {}
levels:
  secret: {cleared: ["project:PAY#owner", user:carol]}
folders:
  handbook: {viewer: [group:eng]}
  handbook/oncall: {parent: handbook, project: PAY, editor: [user:dan]}
documents:
  ticket:
    project: "{{project}}"
    level: "{{level?}}"
    open: true
    reporter: "user:{{reporter?}}"
  document:
    parent: "{{folder}}"
    viewer: ["group:{{teams?}}", "user:erin"]
    tenant: tenant
`

func grants(t *testing.T, text string) *access.Grants {
	t.Helper()
	file, err := access.Parse([]byte(text))
	require.NoError(t, err)
	g, err := file.For("acme", "jira")
	require.NoError(t, err)
	return g
}

func lines(all []eyeshot.Relationship) []string {
	out := []string{}
	for _, r := range all {
		out = append(out, r.String())
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, got []eyeshot.Relationship, want ...string) {
	t.Helper()
	slices.Sort(want)
	if diff := cmp.Diff(want, lines(got)); diff != "" {
		t.Errorf("relationships (-want +got):\n%s", diff)
	}
}

func ticket(metadata map[string]any) eyeshot.Document {
	return eyeshot.Document{Object: "ticket:jira/PAY-1", Metadata: metadata}
}

func TestGroupsProjectsLevelsAndFoldersBecomeRelationships(t *testing.T) {
	same(t, grants(t, example).Access(),
		"tenant:acme#admin@user:root",
		"tenant:acme#member@group:eng#member",
		"group:eng#member@user:alice",
		"group:eng#member@group:payments#member",
		"group:payments#member@user:bob@example.com",
		"group:payments#member@service_account:ci",
		"project:jira/PAY#tenant@tenant:acme",
		"project:jira/PAY#owner@group:payments#member",
		"project:jira/PAY#viewer@tenant:acme#member",
		"project:jira/PAY#viewer@user:*",
		"project:jira/WEB#tenant@tenant:acme",
		"security_level:jira/secret#tenant@tenant:acme",
		"security_level:jira/secret#cleared@project:jira/PAY#owner",
		"security_level:jira/secret#cleared@user:carol",
		"folder:jira/handbook#tenant@tenant:acme",
		"folder:jira/handbook#viewer@group:eng#member",
		"folder:jira/handbook/oncall#parent@folder:jira/handbook",
		"folder:jira/handbook/oncall#project@project:jira/PAY",
		"folder:jira/handbook/oncall#editor@user:dan",
	)
}

func TestRulesGiveADocumentItsRelationshipsFromItsFields(t *testing.T) {
	got, err := grants(t, example).Of(ticket(map[string]any{"project": "PAY", "reporter": "o'neil"}))
	require.NoError(t, err)
	same(t, got,
		"ticket:jira/PAY-1#project@project:jira/PAY",
		"ticket:jira/PAY-1#open@user:*",
		"ticket:jira/PAY-1#open@service_account:*",
		"ticket:jira/PAY-1#reporter@user:o'neil")
}

func TestATicketWithALevelIsNeverOpen(t *testing.T) {
	got, err := grants(t, example).Of(ticket(map[string]any{"project": "PAY", "level": "secret"}))
	require.NoError(t, err)
	same(t, got,
		"ticket:jira/PAY-1#project@project:jira/PAY",
		"ticket:jira/PAY-1#level@security_level:jira/secret")
}

func TestAListGivesOneSubjectForEachElement(t *testing.T) {
	doc := eyeshot.Document{Object: "document:jira/a.md", Metadata: map[string]any{"folder": "handbook", "teams": []string{"eng", " ", "payments"}}}
	got, err := grants(t, example).Of(doc)
	require.NoError(t, err)
	same(t, got,
		"document:jira/a.md#parent@folder:jira/handbook",
		"document:jira/a.md#tenant@tenant:acme",
		"document:jira/a.md#viewer@group:eng#member",
		"document:jira/a.md#viewer@group:payments#member",
		"document:jira/a.md#viewer@user:erin")
}

func TestAFieldIsOnlyEverAName(t *testing.T) {
	for value, want := range map[string]string{
		"*":             "ticket:jira/PAY-1#viewer@user:%2A",
		"x#member":      "ticket:jira/PAY-1#viewer@user:x%23member",
		"a, user:*":     "ticket:jira/PAY-1#viewer@user:a,%20user%3A%2A",
		"group:eng":     "ticket:jira/PAY-1#viewer@user:group%3Aeng",
		"{{project}}":   "ticket:jira/PAY-1#viewer@user:{{project}}",
		"alice\u0000":   "ticket:jira/PAY-1#viewer@user:alice%00",
		"tenant#member": "ticket:jira/PAY-1#viewer@user:tenant%23member",
	} {
		got, err := grants(t, `documents: {ticket: {viewer: "user:{{who}}"}}`).Of(ticket(map[string]any{"who": value}))
		require.NoError(t, err)
		same(t, got, want)
	}
}

func TestADocumentThatTheRulesCannotPlaceIsRefused(t *testing.T) {
	g := grants(t, example)
	for name, metadata := range map[string]map[string]any{
		`field "project" is missing or empty`:  {"level": "secret"},
		`project "pay" is not declared`:        {"project": "pay"},
		`security_level "secrt" is not declar`: {"project": "PAY", "level": "secrt"},
	} {
		_, err := g.Of(ticket(metadata))
		require.ErrorContains(t, err, name)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
	_, err := g.Of(eyeshot.Document{Object: "comment:jira/1"})
	require.ErrorContains(t, err, `type "comment" has no rule`)
}

func TestANameThatIsTooLongIsRefused(t *testing.T) {
	file, err := access.Parse([]byte("projects: {" + strings.Repeat("x", 300) + ": {}}"))
	require.NoError(t, err)
	_, err = file.For("acme", "jira")
	require.ErrorContains(t, err, "bytes long")
}

func TestListsDoNotMultiplyWithoutEnd(t *testing.T) {
	many := make([]string, 200)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
	}
	_, err := grants(t, `documents: {ticket: {viewer: "user:{{a}}{{b}}"}}`).Of(ticket(map[string]any{"a": many, "b": many}))
	require.ErrorContains(t, err, "more values than the 10000")
}

func TestAFileThatIsNotUnderstoodIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"project: {}":                                     `unknown field "project"`,
		"groups: {a: [user:x], a: []}":                    `already set`,
		"groups: {a: [alice]}":                            `must be "type:name"`,
		"groups: {a: [robot:x]}":                          `must be "type:name"`,
		"groups: {a: [\"group:\"]}":                       `has no name`,
		"groups: {\"\": []}\nprojects: {\"\": {}}":        `must have a name`,
		"groups: {a: [\"user:{{x}}\"]}":                   `can only be used under documents`,
		"groups: {a: [group:b]}":                          `group "b" is not declared under "groups"`,
		"projects: {P: {reader: []}}":                     `unknown field "reader"`,
		"folders: {a: {parent: b}}":                       `folder "b" is not declared`,
		"documents: {ticket: {project: P}}":               `project "P" is not declared`,
		"documents: {ticket: {project: \"{{p\"}}":         `must close`,
		"documents: {ticket: {project: \"{{?}}\"}}":       `must close`,
		"documents: {ticket: {project: {a: b}}}":          `must be true, false, a subject`,
		"documents: {ticket: {viewer: [1]}}":              `must be a subject`,
		"documents: {ticket: {viewer: \"{{who}}\"}}":      `must be "type:name"`,
		"documents: {ticket: {viewer: \"tenant#{{r}}\"}}": `can't take its relation`,
		"documents: {document: {tenant: other}}":          `must be "tenant"`,
		"fields: {id: \"{{k}}\", type: ticket}":           `fields "title" is needed`,
		"fields: {id: a, type: b, title: c, body: d}":     `unknown field "body"`,
		"a: b: c": `yaml`,
	} {
		_, err := access.Parse([]byte(text))
		require.ErrorContains(t, err, want, text)
		require.ErrorIs(t, err, eyeshot.ErrInvalid, text)
	}
}

func TestFalseGivesNothing(t *testing.T) {
	got, err := grants(t, `documents: {ticket: {open: false, viewer: "user:a"}}`).Of(ticket(nil))
	require.NoError(t, err)
	same(t, got, "ticket:jira/PAY-1#viewer@user:a")
}

func TestTwoSourcesShareGroupsAndNotProjects(t *testing.T) {
	file, err := access.Parse([]byte("groups: {g: [user:a]}\nprojects: {P: {viewer: [group:g]}}"))
	require.NoError(t, err)
	one, err := file.For("acme", "one")
	require.NoError(t, err)
	two, err := file.For("acme", "two")
	require.NoError(t, err)
	same(t, one.Access(), "group:g#member@user:a", "project:one/P#tenant@tenant:acme", "project:one/P#viewer@group:g#member")
	same(t, two.Access(), "group:g#member@user:a", "project:two/P#tenant@tenant:acme", "project:two/P#viewer@group:g#member")
}

func TestFieldsMakeALineOfAnotherFormatADocument(t *testing.T) {
	file, err := access.Parse([]byte(`fields: {id: "{{key}}", type: ticket, title: "{{title}}", text: "{{body}}", url: "https://x.example/{{key}}", metadata: {project: "{{project}}", labels: "{{labels?}}", points: "{{points}}", about: "{{key}} in {{project}}"}}`))
	require.NoError(t, err)
	line := map[string]any{"key": "PAY-1", "title": " T ", "body": "", "project": "PAY", "points": 3.0}
	get := func(name string) (any, bool) { v, ok := line[name]; return v, ok }
	got, err := file.Fields().Apply(get)
	require.NoError(t, err)
	require.Equal(t, access.Mapped{
		ID: "PAY-1", Type: "ticket", Title: " T ", URL: "https://x.example/PAY-1",
		Metadata: map[string]any{"project": "PAY", "points": 3.0, "about": "PAY-1 in PAY"},
	}, got)

	delete(line, "body")
	_, err = file.Fields().Apply(get)
	require.ErrorContains(t, err, `field "body" is missing in this line`)
}

func TestAFileIsReadFromDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acl.yaml")
	require.NoError(t, os.WriteFile(path, []byte(example), 0o600))
	file, err := access.Read(path)
	require.NoError(t, err)
	require.Len(t, file.Digest(), 64)
	_, err = access.Read(path + ".missing")
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}
