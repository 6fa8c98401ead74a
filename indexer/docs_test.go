package indexer_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/connectors/access"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

// examples returns the code blocks of docs/ingest.md in a language.
func examples(t *testing.T, language string) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", "ingest.md"))
	require.NoError(t, err)
	var out []string
	for _, found := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		out = append(out, found[1])
	}
	return out
}

func TestTheExampleOfTheDocsDoesWhatTheySay(t *testing.T) {
	file, err := access.Parse([]byte(examples(t, "yaml")[0]))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "example.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(examples(t, "json")[0]), 0o600))
	reader, err := jsonl.Open(path, nil, jsonl.Options{Tenant: "acme", Source: "jira-main", Access: file})
	require.NoError(t, err)
	defer reader.Close()
	s := openStack(t, 0)
	run := indexer.Run{Items: reader.Items(t.Context())}
	run.Access, run.HasAccess = reader.Access()
	report, err := s.indexer.Run(t.Context(), "acme", "jira-main", run)
	require.NoError(t, err)
	require.Empty(t, report.Problems)

	all := []string{"ticket:jira-main/PAY-1482", "ticket:jira-main/PAY-1490", "document:jira-main/oncall.md", "comment:jira-main/PAY-1482/1"}
	most := []string{all[0], all[2], all[3]}
	for user, want := range map[string][]string{"freya": all, "jonas": all, "ines": most, "mei": most, "stranger": nil} {
		var got []string
		for _, object := range all {
			if authztest.Allowed(t, s.authz, object+"#can_read@user:"+user) {
				got = append(got, object)
			}
		}
		require.Equal(t, want, got, user)
	}
}

func TestTheFieldMappingOfTheDocsIsOne(t *testing.T) {
	file, err := access.Parse([]byte(examples(t, "yaml")[1]))
	require.NoError(t, err)
	line := map[string]any{"key": "PAY-1", "title": "T", "description": "", "project": "PAY", "labels": []string{"a"}}
	got, err := file.Fields().Apply(func(name string) (any, bool) { value, found := line[name]; return value, found })
	require.NoError(t, err)
	require.Equal(t, map[string]any{"project": "PAY", "labels": []string{"a"}}, got.Metadata)
}
