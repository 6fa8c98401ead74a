package files

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Between a listing and a reading a file may become a link to another one of the
// tree, that fewer people read.
func TestAFileThatWasReplacedSinceItWasListedIsNotRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("open.txt", "open")
	write("closed.txt", "closed")
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	listed, err := root.Lstat("open.txt")
	require.NoError(t, err)
	text, err := readLimited(root, "open.txt", listed, 100)
	require.NoError(t, err)
	require.Equal(t, "open", string(text))
	require.NoError(t, os.Remove(filepath.Join(dir, "open.txt")))
	require.NoError(t, os.Symlink("closed.txt", filepath.Join(dir, "open.txt")))
	_, err = readLimited(root, "open.txt", listed, 100)
	require.ErrorIs(t, err, errReplaced)
}

// What moves while a tree is listed may be in neither of its places then.
func TestATreeThatChangedWhileItWasListedIsNoticed(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, rulesFile), []byte("viewer: [user:a]"), 0o600))
	c, err := New(Config{Root: dir, Tenant: "acme", Source: "s"})
	require.NoError(t, err)
	root, err := c.open()
	require.NoError(t, err)
	defer root.Close()
	_, folders, err := c.listOnce(t.Context(), root)
	require.NoError(t, err)
	changed, err := anyChanged(root, folders)
	require.NoError(t, err)
	require.False(t, changed)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a", "new.txt"), []byte("x"), 0o600))
	changed, err = anyChanged(root, folders)
	require.NoError(t, err)
	require.True(t, changed)
}
