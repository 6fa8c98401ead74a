package config_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

func TestSourcesAreReadFromTheFile(t *testing.T) {
	c, err := config.Load(write(t, `
sources:
  - name: jira-main
    type: jira
    tenant: acme
    url: https://example.atlassian.net
    key_env: JIRA_TOKEN
    permissions: 30s
    full: -1s
    guard: {share: 0.3, everyone: true}
    identities: {email: true, email_domains: [example.com], table: {"jo@example.com": jonas}}
  - {name: handbook, type: files, tenant: acme, root: /srv/handbook}
`), nil)
	require.NoError(t, err)
	require.Len(t, c.Sources, 2)
	jira := c.Sources[0].WithDefaults()
	require.Equal(t, []time.Duration{5 * time.Minute, 30 * time.Second, -time.Second}, []time.Duration{jira.Content, jira.Permissions, jira.Full})
	require.Equal(t, map[string]string{"jo@example.com": "jonas"}, jira.Identities.Table)
}

func TestASourceThatCannotBeIsRefusedByItsKey(t *testing.T) {
	for key, source := range map[string]string{
		"sources[0].name":        `{name: "a/b", type: files, tenant: acme, root: /x}`,
		"sources[0].type":        `{name: a, type: sharepoint, tenant: acme}`,
		"sources[0].tenant":      `{name: a, type: files, root: /x}`,
		"sources[0].root":        `{name: a, type: files, tenant: acme}`,
		"sources[0].path":        `{name: a, type: jsonl, tenant: acme}`,
		"sources[0].key_env":     `{name: a, type: redmine, tenant: acme, url: "https://x.example"}`,
		"sources[0].url":         `{name: a, type: jira, tenant: acme, url: "https://key@x.example", key_env: K}`,
		"sources[0].content":     `{name: a, type: files, tenant: acme, root: /x, content: 1ms}`,
		"sources[0].guard.share": `{name: a, type: files, tenant: acme, root: /x, guard: {share: 2}}`,
		"sources[1].name":        "{name: a, type: files, tenant: acme, root: /x}\n  - {name: a, type: files, tenant: other, root: /x}",
	} {
		_, err := config.Load(write(t, "sources:\n  - "+source+"\n"), nil)
		require.ErrorIs(t, err, eyeshot.ErrInvalid, key)
		require.ErrorContains(t, err, key)
	}
}

// The sources in the documentation are ones that are taken.
func TestTheDocumentedSourcesAreTaken(t *testing.T) {
	for _, page := range []string{"connectors.md", "jira.md"} {
		text, err := os.ReadFile("../../docs/" + page)
		require.NoError(t, err)
		_, rest, found := strings.Cut(string(text), "```yaml\n")
		require.True(t, found, page)
		example, _, _ := strings.Cut(rest, "```")
		c, err := config.Load(write(t, example), nil)
		require.NoError(t, err, page)
		require.NotEmpty(t, c.Sources, page)
	}
}
