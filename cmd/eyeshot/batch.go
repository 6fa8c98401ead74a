package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// What one upsert holds at most: well below the server's defaults for
// http.max_documents and http.max_body_bytes. A single line may be larger.
const (
	batchDocuments = 100
	batchBytes     = 4 << 20
)

// batch is what goes into one upsert.
type batch struct {
	items  []connectors.Item
	lines  []json.RawMessage // what is sent
	places []int             // of the lines among the items
	bytes  int               // of the lines
}

// full says whether the batch has no room for a line of that many bytes.
func (b *batch) full(size int) bool {
	return len(b.items) >= batchDocuments || len(b.items) > 0 && b.bytes+size > batchBytes
}

// add takes an item with its line, which is nil where nothing can be sent.
func (b *batch) add(item connectors.Item, line json.RawMessage) {
	if line != nil {
		b.places, b.lines = append(b.places, len(b.items)), append(b.lines, line)
		b.bytes += len(line)
	}
	b.items = append(b.items, item)
}

// post sends the batch, and adds what became of it to the total.
func (b *batch) post(ctx context.Context, server *serverClient, source string, total *sent) error {
	var answer httpapi.UpsertResponse
	if len(b.lines) > 0 {
		body := map[string]any{"source": source, "documents": b.lines}
		if err := server.post(ctx, "/v1/documents", body, &answer, http.StatusMultiStatus, http.StatusUnprocessableEntity); err != nil {
			return err
		}
	}
	total.add(b.items, b.places, answer)
	return nil
}

// lineOf gives a document the form that it goes over HTTP in. One that was
// refused here goes without relationships, where it can be named.
//
// SECURITY: a line that can't be read may be the news that fewer people may
// read its document, so the server has to withdraw what it has of it.
func lineOf(item connectors.Item) (json.RawMessage, error) {
	doc := item.Document
	if doc.Object == "" {
		return nil, nil
	}
	line := jsonl.Line{ID: doc.Object.Local(), Type: doc.Object.Type(), Title: "refused", Relationships: []jsonl.Relationship{}}
	if item.Refused == nil {
		line.Title, line.Text, line.Format, line.URL = doc.Title, doc.Text, doc.Format, doc.URL
		line.Metadata, line.UpdatedAt = doc.Metadata, doc.UpdatedAt
		for _, r := range doc.Relationships {
			line.Relationships = append(line.Relationships, jsonl.Relationship{User: r.Subject, Relation: r.Relation, Condition: r.Condition})
		}
	}
	return encode(line)
}

// encode is JSON without the escapes that only web pages need.
func encode(value any) (json.RawMessage, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return out.Bytes(), err
}
