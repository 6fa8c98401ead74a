// Package adf renders Atlassian's document format, the JSON in which Jira Cloud
// keeps descriptions and comments, as Markdown for indexing and for people to
// read. The format is documented at
// https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/.
//
// Nothing that people wrote is dropped: a node of a type that the package does
// not know gives the text that is in it. It is no converter back, and keeps no
// colours, widths or alignments.
package adf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// MaxDepth is how deep nodes may nest; what is deeper is left out. Jira's own
// editor stays far below.
const MaxDepth = 100

// Markdown renders a document, which may be null or empty. It fails with
// [eyeshot.ErrInvalid] on what is no JSON, or JSON that is no node; a plain
// string is taken as text.
func Markdown(document []byte) (string, error) {
	if len(bytes.TrimSpace(document)) == 0 {
		return "", nil
	}
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		return "", fmt.Errorf("%w: the body is no JSON", eyeshot.ErrInvalid)
	}
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case map[string]any:
		return strings.TrimSpace(block(v, 0)), nil
	}
	return "", fmt.Errorf("%w: the body must be a node of Atlassian's document format", eyeshot.ErrInvalid)
}

// node is a node as JSON has it. Whatever has another shape than the format
// says reads as absent.
type node = map[string]any

func kind(n node) string { return text(n["type"]) }

func text(value any) string {
	s, _ := value.(string)
	return s
}

func attr(n node, name string) any {
	attrs, _ := n["attrs"].(map[string]any)
	return attrs[name]
}

func attrText(n node, name string) string { return text(attr(n, name)) }

func children(n node) []node {
	list, _ := n["content"].([]any)
	var out []node
	for _, value := range list {
		if child, ok := value.(map[string]any); ok {
			out = append(out, child)
		}
	}
	return out
}
