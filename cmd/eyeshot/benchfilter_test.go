package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAConnectionStringIsTakenFromTheEnvironmentAndRepeatedNowhere(t *testing.T) {
	for _, given := range []string{"NOT_SET", "postgres://me:hush@db/eyeshot"} {
		code, out, errs := runs(t, "bench", "filter", "--postgres-env", given)
		require.Equal(t, exitUsage, code, errs)
		require.Empty(t, out)
		require.Contains(t, errs, "environment variable")
		require.NotContains(t, errs, "hush")
	}
}

func TestAnAccessListThatIsNotThereIsAnErrorOfUsage(t *testing.T) {
	code, _, errs := runs(t, "bench", "filter", "--acl", filepath.Join(t.TempDir(), "absent.txt"))
	require.Equal(t, exitUsage, code, errs)
	require.Contains(t, errs, "access list")
	for _, args := range [][]string{{"--tickets", "a"}, {"--teams", "b"}, {"--tickets", "a", "--teams", "b", "--acl", "c"}, {"--tickets", "absent", "--teams", "absent"}} {
		code, _, errs := runs(t, append([]string{"bench", "filter"}, args...)...)
		require.Equal(t, exitUsage, code, "%v: %s", args, errs)
	}
}
