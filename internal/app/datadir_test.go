package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// open opens a product that is expected to refuse.
func open(t *testing.T, dir string) error {
	t.Helper()
	cfg := config.Default()
	cfg.DataDir = dir
	product, err := app.Open(t.Context(), cfg, app.Options{})
	if err == nil {
		require.NoError(t, product.Close())
	}
	return err
}

// filled is the data directory of a product that was closed, with one document
// that Alice may read in tenant t1.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	product, err := apptest.Start(t.Context(), dir, apptest.Settings{})
	require.NoError(t, err)
	product.NewTenant(t, "project:jira/PAY#viewer@user:alice").Ingest("jira", apptest.Ticket("A", "Refund one", "Some text", "user:alice"))
	require.NoError(t, product.Close())
	return dir
}

// snapshot is what is in each file of a directory.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		require.NoError(t, err)
		files[entry.Name()] = string(text)
	}
	return files
}

func TestWhatWasIngestedIsThereAfterARestart(t *testing.T) {
	dir := filled(t)
	product, err := apptest.Start(t.Context(), dir, apptest.Settings{})
	require.NoError(t, err)
	defer func() { require.NoError(t, product.Close()) }()
	for user, want := range map[string]int{"alice": 1, "bob": 0} {
		token, err := product.Issuer.Mint(t.Context(), identity.Request{Tenant: "t1", Subject: user})
		require.NoError(t, err)
		response := product.Caller(t, token).Search("refund")
		require.Len(t, response.Results, want)
		require.True(t, response.Complete)
	}
}

func TestADataDirectoryTakesOneProcessAtATime(t *testing.T) {
	s := t.TempDir()
	product, err := apptest.Start(t.Context(), s, apptest.Settings{})
	require.NoError(t, err)
	err = open(t, s)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, fmt.Sprintf("the data directory %s is in use by process %d; try again when it has ended", s, os.Getpid()))
	require.NoError(t, product.Close())
	require.NoError(t, open(t, s), "and the next one when the first has ended")
}

func TestWhoFindsAServerOnTheDirectoryIsToldHowToReachIt(t *testing.T) {
	s := serve(t, func(*config.Config) {})
	err := open(t, s.dir)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "reach it with --server "+s.url)
	s.stop()
	require.NoError(t, <-s.ended)
}

func TestAHolderThatCannotBeReadIsStillAHolder(t *testing.T) {
	dir := t.TempDir()
	product, err := apptest.Start(t.Context(), dir, apptest.Settings{})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "holder.json"), []byte("{"), 0o600))
	require.ErrorContains(t, open(t, dir), "one process at a time")
	require.NoError(t, product.Close())
}

func TestADirectoryOfANewerVersionIsLeftAsItIs(t *testing.T) {
	dir := filled(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "VERSION"), []byte("2\n"), 0o600))
	before := snapshot(t, dir)
	err := open(t, dir)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "is of version 2, this eyeshot knows up to 1: install a newer one")
	require.Equal(t, before, snapshot(t, dir))
}

func TestADamagedFileIsRefusedWithItsNameAndTheWayOut(t *testing.T) {
	filled := filled(t)
	for _, row := range []struct{ file, content, want string }{
		{"VERSION", "", "holds no version number; restore the data directory from a backup"},
		{"VERSION", "one", "holds no version number"},
		{"index.db", strings.Repeat("garbage ", 1000), "restore a backup, or remove it and ingest again"},
		{"state.db", strings.Repeat("garbage ", 1000), "restore a backup"},
		{"openfga.db", strings.Repeat("garbage ", 1000), "not a database"},
		{"issuer.jwk", "{}", "move it away to have a new one made"},
		{"issuer.jwk", "", "move it away to have a new one made"},
	} {
		t.Run(row.file+" "+row.content[:min(4, len(row.content))], func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(filled)))
			require.NoError(t, os.Chmod(filepath.Join(dir, "issuer.jwk"), 0o600))
			path := filepath.Join(dir, row.file)
			require.NoError(t, os.WriteFile(path, []byte(row.content), 0o600))
			err := open(t, dir)
			require.Error(t, err)
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, row.want)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, row.content, string(text), "it is left as it is")
		})
	}
}

// What is damaged in its middle may show at any time: nothing is made up for it.
func TestAFileThatIsCutOffNeverOpensAsIfItWereWhole(t *testing.T) {
	filled := filled(t)
	for _, file := range []string{"index.db", "state.db", "openfga.db"} {
		t.Run(file, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(filled)))
			require.NoError(t, os.Chmod(filepath.Join(dir, "issuer.jwk"), 0o600))
			path := filepath.Join(dir, file)
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.NoError(t, os.Truncate(path, info.Size()/2))
			product, err := apptest.Start(t.Context(), dir, apptest.Settings{})
			if err != nil {
				require.ErrorContains(t, err, path)
				return
			}
			defer func() { require.NoError(t, product.Close()) }()
			token, err := product.Issuer.Mint(t.Context(), identity.Request{Tenant: "t1", Subject: "alice"})
			require.NoError(t, err)
			answer := product.Caller(t, token).Post("/v1/search", `{"query":"refund"}`)
			require.GreaterOrEqual(t, answer.Status, 403, "%s", answer.Body)
		})
	}
}

func TestAPlaceWhereNoDirectoryCanBeIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		err := open(t, dir)
		require.ErrorIs(t, err, eyeshot.ErrConflict)
		require.ErrorContains(t, err, dir)
		require.ErrorContains(t, err, "choose another one with --data-dir")
	}
}

func TestADirectoryThatMayNotBeWrittenIsNamed(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("permissions do not bind root")
	}
	dir := t.TempDir()
	for _, mode := range []os.FileMode{0, 0o500} {
		require.NoError(t, os.Chmod(dir, mode))
		err := open(t, dir)
		require.NoError(t, os.Chmod(dir, 0o700))
		require.ErrorIs(t, err, eyeshot.ErrConflict)
		require.ErrorContains(t, err, dir)
	}
}

func TestOnlyTheOwnerMayLookIntoTheDataDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	product, err := apptest.Start(t.Context(), dir, apptest.Settings{})
	require.NoError(t, err)
	require.NoError(t, product.Close())
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}
