package fakejira_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

// jiraJS is the version of npm's client that drives the fake.
const jiraJS = "jira.js@5.4.0"

// A client of Jira that others wrote, for the real one, is content with the
// fake, whose answers are held to the contract meanwhile.
func TestJiraJSDrivesTheFakeWithoutError(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"private":true,"type":"module"}`), 0o600))
	install := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", jiraJS)
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm can't install %s here: %v\n%s", jiraJS, err, out)
	}
	script, err := os.ReadFile(filepath.Join("testdata", "drive.mjs"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "drive.mjs"), script, 0o600))
	w := random(5)
	_, base := site(t, w, fakejira.Options{})
	drive := exec.CommandContext(t.Context(), node, "drive.mjs", base, fakejira.ReaderEmail, fakejira.ReaderToken)
	drive.Dir = dir
	out, err := drive.Output()
	require.NoError(t, err, "%s", stderr(err))
	var seen map[string]any
	require.NoError(t, json.Unmarshal(out, &seen))
	require.Equal(t, map[string]any{
		"server": "Cloud", "me": "reader", "fields": 11.0, "projects": []any{"PAY", "WEB", "OPS", "DESK", "TEAM"},
		"issues": pay(w), "byGet": pay(w), "count": float64(len(pay(w))), "summary": "Issue 0", "body": "doc", "comments": true, "fetched": 1.0,
		"roles": []any{"Administrators", "Developers", "Viewers", "Service Desk Team"}, "actors": true, "groups": 9.0, "members": true, "users": 10.0,
		"applications": []any{"jira-software", "jira-servicedesk"}, "browse": true, "levels": 3.0, "levelMembers": true, "may": "BROWSE_PROJECTS", "missing": 404.0,
	}, seen)
}

func stderr(err error) []byte {
	if failed, is := err.(*exec.ExitError); is {
		return failed.Stderr
	}
	return nil
}

func pay(w *fakejira.World) []any {
	var out []any
	for _, i := range w.Issues {
		if w.Project(i.Project).Key == "PAY" {
			out = append(out, i.Key)
		}
	}
	return out
}
