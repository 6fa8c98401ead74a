package adf_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/adf"
)

func TestEveryNodeOfTheFormatIsRendered(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("testdata", "all.json"))
	require.NoError(t, err)
	got, err := adf.Markdown(document)
	require.NoError(t, err)
	golden := filepath.Join("testdata", "all.md")
	if os.Getenv("REWRITE") != "" {
		require.NoError(t, os.WriteFile(golden, []byte(got+"\n"), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	if diff := cmp.Diff(string(want), got+"\n"); diff != "" {
		t.Errorf("Markdown (-want +got; REWRITE=1 writes it anew):\n%s", diff)
	}
}

func render(t *testing.T, content string) string {
	t.Helper()
	out, err := adf.Markdown([]byte(`{"type":"doc","version":1,"content":[` + content + `]}`))
	require.NoError(t, err)
	return out
}

func TestAnUnknownNodeGivesItsText(t *testing.T) {
	require.Equal(t, "before\n\nhidden *deep*\n\nafter", render(t, `
		{"type":"paragraph","content":[{"type":"text","text":"before"}]},
		{"type":"hologram","content":[{"type":"sparkle","content":[{"type":"text","text":"hidden "},{"type":"text","text":"deep","marks":[{"type":"em"},{"type":"glow"}]}]}]},
		{"type":"paragraph","content":[{"type":"text","text":"after"}]}`))
	require.Equal(t, "a spoken b", render(t, `{"type":"paragraph","content":[{"type":"text","text":"a "},{"type":"whisper","attrs":{"text":"spoken"}},{"type":"text","text":" b"}]}`))
}

func TestTextIsNeverTakenForStructure(t *testing.T) {
	for text, want := range map[string]string{
		"# not a heading": `\# not a heading`, "- no list": `\- no list`, "```": "\\```", "---": `\---`, "> no quote": `\> no quote`, "==": `\==`, "#1 is a ticket": `\#1 is a ticket`, "a - b": "a - b", "-5 degrees": "-5 degrees",
	} {
		encoded, err := json.Marshal(text)
		require.NoError(t, err)
		require.Equal(t, want, render(t, `{"type":"paragraph","content":[{"type":"text","text":`+string(encoded)+`}]}`))
	}
}

func TestAFenceIsLongerThanTheOnesInIt(t *testing.T) {
	require.Equal(t, "````go\na\n```\nb\n````", render(t, `{"type":"codeBlock","attrs":{"language":"go"},"content":[{"type":"text","text":"a\n`+"```"+`\nb"}]}`))
}

func TestNothingAndPlainTextAreDocumentsToo(t *testing.T) {
	for document, want := range map[string]string{"": "", "null": "", `"plain"`: "plain", `{}`: "", `{"type":"doc","content":[7,"x",null]}`: ""} {
		got, err := adf.Markdown([]byte(document))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, document := range []string{"{", "[]", "7", "true"} {
		_, err := adf.Markdown([]byte(document))
		require.ErrorIs(t, err, eyeshot.ErrInvalid, document)
	}
}

func TestDepthIsBounded(t *testing.T) {
	for _, types := range [][2]string{{"blockquote", "panel"}, {"bulletList", "listItem"}, {"table", "tableRow"}, {"tableCell", "taskList"}, {"unknown", "media"}} {
		level := `{"type":"` + types[0] + `","content":[{"type":"` + types[1] + `","content":[`
		_, err := adf.Markdown([]byte(strings.Repeat(level, 2000) + strings.Repeat(`]}]}`, 2000)))
		require.NoError(t, err)
	}
}

// FuzzMarkdown holds that any JSON is rendered or refused, never more, and that
// the text of a paragraph is there afterwards.
func FuzzMarkdown(f *testing.F) {
	document, err := os.ReadFile(filepath.Join("testdata", "all.json"))
	require.NoError(f, err)
	f.Add(document)
	f.Add([]byte(`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell"}]}]}`))
	f.Add([]byte(`{"type":"orderedList","attrs":{"order":1e300},"content":[{"type":"listItem"}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		out, err := adf.Markdown(document)
		if err != nil {
			require.ErrorIs(t, err, eyeshot.ErrInvalid)
			return
		}
		require.Equal(t, strings.TrimSpace(out), out)
		wrapped, err := adf.Markdown([]byte(`{"type":"doc","content":[{"type":"unknown","content":[` + string(document) + `,{"type":"paragraph","content":[{"type":"text","text":"LAST WORD"}]}]}]}`))
		if err == nil {
			require.Contains(t, wrapped, "LAST WORD")
		}
	})
}
