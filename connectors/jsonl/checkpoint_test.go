package jsonl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
)

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%d","type":"ticket","title":"T",%s`+"\n", i, acl)
	}
	return b.String()
}

func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.jsonl")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// resume opens path, resumes at the checkpoint, and reads to the end.
func resume(t *testing.T, path, checkpoint string, options jsonl.Options) (lines int, items []connectors.Item) {
	t.Helper()
	r, err := jsonl.Open(path, nil, options)
	require.NoError(t, err)
	defer r.Close()
	lines, err = r.Resume(checkpoint)
	require.NoError(t, err)
	return lines, readAll(t, r)
}

func TestReadingGoesOnBehindEachCheckpoint(t *testing.T) {
	for name, path := range map[string]string{
		"plain": write(t, []byte(numbered(40))), "gzip": write(t, packed(t, numbered(40))),
	} {
		lines, all := resume(t, path, "", options())
		require.Zero(t, lines, name)
		require.Len(t, all, 40)
		for i, item := range all {
			lines, rest := resume(t, path, item.Checkpoint, options())
			require.Equal(t, i+1, lines, name)
			require.Equal(t, all[i+1:], append([]connectors.Item{}, rest...), "%s from line %d", name, lines)
		}
	}
}

func TestALongerFileGoesOnAndAChangedOneStartsAnew(t *testing.T) {
	path := write(t, []byte(numbered(10)))
	_, all := resume(t, path, "", options())
	checkpoint := all[4].Checkpoint

	require.NoError(t, os.WriteFile(path, []byte(numbered(12)), 0o600))
	lines, items := resume(t, path, checkpoint, options())
	require.Equal(t, []int{5, 7}, []int{lines, len(items)})

	changed := strings.Replace(numbered(12), `"T"`, `"U"`, 1)
	require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
	lines, items = resume(t, path, checkpoint, options())
	require.Equal(t, []int{0, 12}, []int{lines, len(items)})

	require.NoError(t, os.WriteFile(path, []byte(numbered(2)), 0o600))
	lines, items = resume(t, path, checkpoint, options())
	require.Equal(t, []int{0, 2}, []int{lines, len(items)})
}

func TestOtherRulesStartAnew(t *testing.T) {
	path := write(t, []byte(numbered(10)))
	_, all := resume(t, path, "", options())
	lines, _ := resume(t, path, all[4].Checkpoint, accessFile(t, rules))
	require.Zero(t, lines, "what was read before may have other relationships now")
}

func TestACheckpointThatIsNoneStartsAtTheBeginning(t *testing.T) {
	path := write(t, []byte(numbered(3)))
	for _, odd := range []string{"x", "jsonl-1 a b c d", "jsonl-1 4194304-none -1 2 00", "jsonl-9 4194304-none 1 1 00"} {
		lines, items := resume(t, path, odd, options())
		require.Equal(t, []int{0, 3}, []int{lines, len(items)}, odd)
	}
}

func TestALineThatIsStillBeingWrittenHasNoCheckpoint(t *testing.T) {
	path := write(t, []byte(numbered(1)+`{"id":"half`))
	_, items := resume(t, path, "", options())
	require.NotEmpty(t, items[0].Checkpoint)
	require.Empty(t, items[1].Checkpoint)
}

func TestStandardInputHasNoCheckpoints(t *testing.T) {
	r, err := jsonl.Open("-", strings.NewReader(numbered(2)), options())
	require.NoError(t, err)
	lines, err := r.Resume("jsonl-1 4194304-none 10 1 00")
	require.NoError(t, err)
	require.Zero(t, lines)
	for _, item := range readAll(t, r) {
		require.Empty(t, item.Checkpoint)
	}
}
