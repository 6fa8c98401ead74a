package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

var rewrite = flag.Bool("rewrite", false, "rewrite docs/configuration.md from the code")

func TestWithoutFileAndEnvironmentTheDefaultsHold(t *testing.T) {
	got, err := config.Load("", nil)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(config.Default(), got, cmpopts.EquateEmpty()))
}

func TestTheEnvironmentOverridesTheFileAndTheFileTheDefaults(t *testing.T) {
	path := write(t, "http:\n  listen: 0.0.0.0:1\n  request_timeout: 7s\ntokens:\n  issuers:\n    - url: https://id.example.com\n      tenant: acme\n")
	got, err := config.Load(path, []string{"EYESHOT_HTTP_LISTEN=127.0.0.1:2", "HOME=/", "EYESHOT_TOKENS_LOCAL=false"})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:2", got.HTTP.Listen)
	require.Equal(t, 7*time.Second, got.HTTP.RequestTimeout)
	require.Equal(t, 10*time.Second, got.Search.Timeout)
	require.False(t, got.Tokens.Local)
	require.Equal(t, []config.Issuer{{URL: "https://id.example.com", Tenant: "acme"}}, got.Tokens.Issuers)
}

func TestABadConfigurationNamesTheKey(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			want, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
			_, err = config.Load(path, nil)
			require.ErrorIs(t, err, eyeshot.ErrInvalid)
			require.ErrorContains(t, err, want)
		})
	}
}

func TestAMisspeltEnvironmentVariableIsRefused(t *testing.T) {
	_, err := config.Load("", []string{"EYESHOT_HTTP_LISTN=:1"})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	require.ErrorContains(t, err, "EYESHOT_HTTP_LISTN")
}

func TestAMissingFileIsAnError(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), "none.yml"), nil)
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}

func TestTheDocumentationListsEveryKeyAsTheCodeHasIt(t *testing.T) {
	const path = "../../docs/configuration.md"
	want := config.Markdown()
	if *rewrite {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(want, string(got)), "run go test ./internal/config -rewrite")
}

func TestEveryKeyIsDocumented(t *testing.T) {
	for _, key := range config.Keys() {
		require.NotEmpty(t, key.Doc, key.Name)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "eyeshot.yml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
