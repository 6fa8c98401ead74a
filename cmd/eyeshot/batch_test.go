package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
)

func TestADocumentIsTheSameOnTheOtherSide(t *testing.T) {
	doc := eyeshot.Document{
		Object: "ticket:notes/a%20b/c%23d", Title: "<T> & co", Text: "line\n\u2028", Format: eyeshot.FormatMarkdown, URL: "https://a.example/b",
		Metadata:  map[string]any{"s": "x", "n": 1.5, "b": true, "l": []string{"a", "b"}},
		UpdatedAt: time.Date(2026, 1, 2, 15, 4, 5, 6000, time.UTC),
		Relationships: []eyeshot.Relationship{
			{Subject: "group:eng#member", Relation: "viewer", Object: "ticket:notes/a%20b/c%23d",
				Condition: &eyeshot.Condition{Name: "unexpired", Context: map[string]any{"expires_at": "2027-01-01T00:00:00Z"}}},
		},
	}
	raw, err := lineOf(connectors.Item{Document: doc})
	require.NoError(t, err)
	var line jsonl.Line
	require.NoError(t, json.Unmarshal(raw, &line))
	got, err := line.Document("notes")
	require.NoError(t, err)
	require.Equal(t, doc, got)
}

func TestARefusedDocumentGoesWithoutWhoMayReadIt(t *testing.T) {
	refused := connectors.Item{
		Document: eyeshot.Document{Object: "ticket:notes/1", Text: "secret", Relationships: []eyeshot.Relationship{{Subject: "user:*", Relation: "viewer", Object: "ticket:notes/1"}}},
		Refused:  connectors.Refuse(connectors.Malformed, errors.New("odd")),
	}
	raw, err := lineOf(refused)
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"1","type":"ticket","title":"refused","text":"","relationships":[]}`, string(raw))

	refused.Document = eyeshot.Document{}
	raw, err = lineOf(refused)
	require.NoError(t, err)
	require.Nil(t, raw, "nothing can be said of a line that names no document")
}

func TestABatchHoldsSoManyDocumentsAndBytes(t *testing.T) {
	var b batch
	require.False(t, b.full(10*batchBytes), "a single line goes alone, however large")
	large := json.RawMessage(strings.Repeat("x", batchBytes-10))
	b.add(connectors.Item{}, large)
	require.False(t, b.full(10))
	require.True(t, b.full(11))

	b = batch{}
	for range batchDocuments {
		require.False(t, b.full(1))
		b.add(connectors.Item{}, nil)
	}
	require.True(t, b.full(1))
}
