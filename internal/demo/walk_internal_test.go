package demo

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// An untrue story must not pass: here Tomas is said not to find a ticket that
// he may read, and Ines to find one that she may not.
func TestAWalkThatDoesNotComeOutAsTheStorySaysFails(t *testing.T) {
	var out bytes.Buffer
	walk, url := prepare(t, &out)
	story := &walk.corpus.Story
	found, hidden := story.Users[1].Contains[0], story.Users[0].Lacks[0]
	story.Users[1].Lacks = append(story.Users[1].Lacks, found)
	story.Users[0].Contains = append(story.Users[0].Contains, hidden)

	report, err := walk.Walk(t.Context(), url)
	for _, want := range []string{"northquay/user:tomas does not find " + string(found), "northquay/user:ines finds " + string(hidden)} {
		require.ErrorContains(t, err, want)
		require.Contains(t, out.String(), "✗ expected: "+want)
		require.Contains(t, report.failed(), want)
	}
	require.Len(t, report.failed(), 2)
	require.False(t, report.Passed)
	require.Len(t, report.Steps, 7, "the walk goes on to its end")
}

func TestAPersonGetsTokensThatWorkAndAreForTheirEyesAlone(t *testing.T) {
	var out bytes.Buffer
	walk, url := prepare(t, &out)
	_, err := walk.Walk(t.Context(), url)
	require.NoError(t, err)
	report, err := walk.Try(t.Context())
	require.NoError(t, err)

	info, err := os.Stat(walk.Tokens)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	file, err := os.ReadFile(walk.Tokens)
	require.NoError(t, err)
	for _, name := range []string{"INES", "TOMAS", "INES_VIA_DECKHAND", "BRAMBLEBOX_INES", "LOADER", "SAM"} {
		require.NotEmpty(t, report.Tokens[name], name)
		require.Contains(t, string(file), "\n"+name+"="+report.Tokens[name]+"\n")
		require.NotContains(t, out.String(), report.Tokens[name], "a token on the screen is a token in a screenshot")
	}
	for _, word := range strings.Fields(out.String()) {
		if name, ok := strings.CutPrefix(strings.Trim(word, `",:`), "$"); ok {
			require.Contains(t, report.Tokens, strings.TrimPrefix(name, "EYESHOT_TOKEN=$"), "a variable that is printed is set")
		}
	}
	answer, err := walk.client.search(t.Context(), report.Tokens["SAM"], "offline card payments", 3)
	require.NoError(t, err)
	require.NotEmpty(t, answer.Results)
}

// prepare opens the product in a directory of the test's own and serves it.
func prepare(t *testing.T, out *bytes.Buffer) (walk *Demo, url string) {
	t.Helper()
	dir := t.TempDir()
	cfg := config.Default()
	cfg.DataDir = filepath.Join(dir, "data")
	product, err := app.Open(t.Context(), cfg, app.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, product.Close()) })
	server := httptest.NewServer(product.Handler())
	t.Cleanup(server.Close)
	walk, err = New(Config{Product: product, Out: out, Width: 100, Command: "eyeshot", Tokens: filepath.Join(dir, "tokens.sh")})
	require.NoError(t, err)
	return walk, server.URL
}
