package jsonl_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
)

// export is a file of tickets with an access file, written anew at each change
// as an export would be.
type export struct {
	dir     string
	lines   []map[string]any
	changes int
}

func newExport(t *testing.T) *export {
	e := &export{dir: t.TempDir()}
	for i := range 5 {
		e.lines = append(e.lines, map[string]any{"id": fmt.Sprint("PAY-", i), "type": "ticket", "title": "T", "text": "x", "metadata": map[string]any{"project": "PAY"}})
	}
	require.NoError(t, os.WriteFile(e.access(), []byte(`
projects: {PAY: {viewer: ["user:alice", "user:bob"]}}
documents: {ticket: {project: "{{project}}", open: true}}`), 0o600))
	require.NoError(t, e.write())
	return e
}

func (e *export) path() string   { return filepath.Join(e.dir, "tickets.jsonl") }
func (e *export) access() string { return filepath.Join(e.dir, "access.yaml") }

func (e *export) write() error {
	var b bytes.Buffer
	for _, line := range e.lines {
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		b.Write(append(text, '\n'))
	}
	if err := os.WriteFile(e.path()+".new", b.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(e.path()+".new", e.path())
}

func (e *export) set(i int, field string, value any) (eyeshot.Object, error) {
	e.lines[i][field] = value
	return eyeshot.Object(fmt.Sprint("ticket:export/", e.lines[i]["id"])), e.write()
}

func (e *export) connector() (connectors.Connector, error) {
	return jsonl.NewConnector(jsonl.Config{Path: e.path(), Access: e.access(), Tenant: "acme", Source: "export"})
}

func (e *export) world() connectortest.World {
	return connectortest.World{
		Name: "export", Open: e.connector,
		// A line that was changed is added behind the others, and the last counts:
		// that is the change that such a file can tell.
		Change: func() (eyeshot.Object, error) {
			e.changes++
			line := map[string]any{"id": "PAY-3", "type": "ticket", "title": "T", "text": fmt.Sprint("changed ", e.changes), "metadata": map[string]any{"project": "PAY"}}
			e.lines = append(e.lines, line)
			return "ticket:export/PAY-3", e.write()
		},
		Add: func() (eyeshot.Object, error) {
			e.lines = append(e.lines, map[string]any{"id": fmt.Sprint("NEW-", len(e.lines)), "type": "ticket", "title": "N", "relationships": []any{map[string]any{"user": "user:carol", "relation": "viewer"}}})
			return eyeshot.Object(fmt.Sprint("ticket:export/NEW-", len(e.lines)-1)), e.write()
		},
		Delete: func() (eyeshot.Object, error) {
			e.lines = e.lines[1:]
			return "ticket:export/PAY-0", e.write()
		},
		Permit: func() (eyeshot.Object, error) {
			return e.set(2, "relationships", []any{map[string]any{"user": "user:carol", "relation": "viewer"}})
		},
		Spoil: func() (eyeshot.Object, error) { return e.set(1, "metadata", map[string]any{"project": "UNDECLARED"}) },
	}
}

func TestTheConnectorKeepsTheContract(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.World { return newExport(t).world() })
}

// A file that ends early, wherever that is, never looks whole, but where it
// happens to end behind a line.
func TestAFileThatIsCutShortIsNeverComplete(t *testing.T) {
	e := newExport(t)
	text, err := os.ReadFile(e.path())
	require.NoError(t, err)
	for n := 1; n < len(text); n++ {
		if text[n-1] == '\n' || text[n] == '\n' {
			continue
		}
		require.NoError(t, os.WriteFile(e.path(), text[:n], 0o600))
		require.Empty(t, ends(t, e), "cut at byte %d", n)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = z.Write(text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for n := 3; n < packed.Len(); n++ {
		require.NoError(t, os.WriteFile(e.path(), packed.Bytes()[:n], 0o600))
		require.Empty(t, ends(t, e), "compressed, cut at byte %d", n)
	}
}

// ends returns how the readings of everything end.
func ends(t *testing.T, e *export) []connectors.End {
	c, err := e.connector()
	require.NoError(t, err)
	var out []connectors.End
	for _, r := range []connectortest.Reading{connectortest.Read(c.Snapshot(t.Context(), ""), -1), connectortest.Read(c.Permissions(t.Context()), -1)} {
		if r.End != "" {
			out = append(out, r.End)
		}
	}
	return out
}

func TestAnEmptyFileSaysNothingAndAnEmptyLineSaysThatThereIsNothing(t *testing.T) {
	e := newExport(t)
	c, err := jsonl.NewConnector(jsonl.Config{Path: e.path(), Tenant: "acme", Source: "export"})
	require.NoError(t, err)
	since := connectortest.Read(c.Snapshot(t.Context(), ""), -1).Checkpoint
	for text, end := range map[string]connectors.End{"": "", "\n": connectors.Complete} {
		require.NoError(t, os.WriteFile(e.path(), []byte(text), 0o600))
		for _, r := range []connectortest.Reading{connectortest.Read(c.Snapshot(t.Context(), ""), -1), connectortest.Read(c.Permissions(t.Context()), -1)} {
			require.Equal(t, end, r.End)
			require.Equal(t, end == "", errors.Is(r.Err, eyeshot.ErrUnavailable))
		}
		require.Error(t, connectortest.Read(c.Changes(t.Context(), since), -1).Err)
	}
}

func TestAFileThatChangesWhileItIsReadIsNeverComplete(t *testing.T) {
	e := newExport(t)
	c, err := e.connector()
	require.NoError(t, err)
	var end connectors.End
	for item, err := range c.Snapshot(t.Context(), "") {
		if item.Line == 2 {
			_, err := e.set(4, "text", "changed")
			require.NoError(t, err)
		}
		end = item.End
		if err != nil {
			require.ErrorIs(t, err, eyeshot.ErrUnavailable)
		}
	}
	require.Empty(t, end)
}

func TestWithoutAFileThereIsNothingToRead(t *testing.T) {
	for _, path := range []string{"", "-"} {
		_, err := jsonl.NewConnector(jsonl.Config{Path: path, Source: "s"})
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
	c, err := jsonl.NewConnector(jsonl.Config{Path: t.TempDir(), Source: "s"})
	require.NoError(t, err)
	require.ErrorIs(t, connectortest.Read(c.Snapshot(t.Context(), ""), -1).Err, eyeshot.ErrInvalid)
	c, err = jsonl.NewConnector(jsonl.Config{Path: filepath.Join(t.TempDir(), "away.jsonl"), Source: "s"})
	require.NoError(t, err)
	require.ErrorIs(t, connectortest.Read(c.Snapshot(t.Context(), ""), -1).Err, eyeshot.ErrUnavailable, "it may be back by the next time")
}

func TestAProbeSaysWhatTheFileHolds(t *testing.T) {
	e := newExport(t)
	_, err := e.set(1, "metadata", map[string]any{"project": "UNDECLARED"})
	require.NoError(t, err)
	c, err := e.connector()
	require.NoError(t, err)
	findings, err := c.(connectors.Prober).Probe(t.Context())
	require.NoError(t, err)
	require.Contains(t, findings[0].Text, "4 documents")
	require.Contains(t, findings[1].Text, "1 lines")
	require.False(t, findings[1].OK)
}
