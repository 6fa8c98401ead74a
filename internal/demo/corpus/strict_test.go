package corpus

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
)

func TestDamagedFilesAreRefusedByName(t *testing.T) {
	const runbook = "northquay/documents/engineering/runbooks/payments/refunds.md"
	for says, c := range map[string]struct{ file, old, new, wants string }{
		"a misspelt key of the access file": {"northquay/access.yaml", "cleared:", "clear:", `access.yaml: error unmarshaling JSON: while decoding JSON: json: unknown field "clear"`},
		"a key given twice":                 {"northquay/tenant.yaml", "company:", "about: x\ncompany:", "tenant.yaml"},
		"a member that is no subject":       {"northquay/access.yaml", `"user:freya"`, `"freya"`, `access.yaml: admin of tenant:northquay: user "freya"`},
		"a delegation of nothing":           {"northquay/access.yaml", `agent: deckhand, read: ["project:jira-main/PAY"]}`, "agent: deckhand}", `delegation "ines~deckhand" must name something`},
		"a delegation of no object":         {"northquay/access.yaml", `"ticket:jira-main/PAY-1482"`, `"PAY-1482"`, `access.yaml: object "PAY-1482"`},
		"a level without a name":            {"northquay/access.yaml", "name: Security embargo", "name: ''", `security_level "embargoed" must have a name`},
		"a user without a job":              {"northquay/tenant.yaml", `job: "finance"`, `job: ""`, `user "dario" must have a name and a job`},
		"a misspelt key of a ticket":        {"northquay/tickets.jsonl", `"format"`, `"fromat"`, `tickets.jsonl, line 1: json: unknown field "fromat"`},
		"two tickets on a line":             {"northquay/tickets.jsonl", "\n", " ", "tickets.jsonl, line 1: more follows the JSON object"},
		"an empty line":                     {"northquay/tickets.jsonl", "\n", "\n\n", "tickets.jsonl, line 2: EOF"},
		"a ticket of a malformed type":      {"northquay/tickets.jsonl", `"type": "ticket"`, `"type": "Ticket"`, "tickets.jsonl, line 1"},
		"metadata that is not flat":         {"northquay/tickets.jsonl", `"labels": ["offline"`, `"labels": [1, "offline"`, `line 1: ticket:jira-main/PAY-1391: metadata "labels"`},
		"a document without front matter":   {runbook, "---\n", "", "must begin with front matter"},
		"a misspelt key of front matter":    {runbook, "relationships:", "relations:", `refunds.md: front matter: error unmarshaling JSON: while decoding JSON: json: unknown field "relations"`},
		"a malformed relation":              {runbook, "relation: parent", "relation: a parent", `refunds.md: document:handbook/engineering/runbooks/payments/refunds.md: relation "a parent"`},
		"a document without a time":         {runbook, "updated_at:", "url:", "refunds.md"},
		"a misspelt key of the story":       {"story.yaml", "lacks:", "lack:", `story.yaml: error unmarshaling JSON: while decoding JSON: json: unknown field "lack"`},
		"a story with no object":            {"story.yaml", `"ticket:jira-main/PAY-1482"`, `"PAY-1482"`, `story.yaml: object "PAY-1482"`},
		"a story without its user":          {"story.yaml", "user: ines", "user: ''", "story.yaml"},
	} {
		files := copied(t)
		damaged := strings.Replace(string(files[c.file].Data), c.old, c.new, 1)
		require.NotEqual(t, string(files[c.file].Data), damaged, says)
		files[c.file] = &fstest.MapFile{Data: []byte(damaged)}
		_, err := load(files)
		require.ErrorContains(t, err, c.wants, says)
	}
}

func TestAMissingFileIsNamed(t *testing.T) {
	for _, name := range []string{"story.yaml", "bramblebox/tenant.yaml", "bramblebox/access.yaml", "bramblebox/tickets.jsonl"} {
		files := copied(t)
		delete(files, name)
		_, err := load(files)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, name[strings.LastIndex(name, "/")+1:])
	}
}

func TestAStrayFileAmongTheDocumentsIsRefused(t *testing.T) {
	files := copied(t)
	files["northquay/documents/company/notes.txt"] = &fstest.MapFile{Data: []byte("x")}
	_, err := load(files)
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	require.ErrorContains(t, err, "company/notes.txt")
}

func TestEachLoadMakesACorpusOfItsOwn(t *testing.T) {
	first := loaded(t)
	first.Tenants[0].Documents[0].Title = "changed"
	first.Story.Users[0].Contains[0] = "ticket:changed"
	require.NotEqual(t, first, loaded(t))
	require.Equal(t, loaded(t), loaded(t))
}

func copied(t *testing.T) fstest.MapFS {
	t.Helper()
	data, err := fs.Sub(embedded, "data")
	require.NoError(t, err)
	out := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(data, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(data, name)
		out[name] = &fstest.MapFile{Data: content}
		return err
	}))
	return out
}
