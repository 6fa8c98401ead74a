package split

import (
	"fmt"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// title is what stands at the head of every chunk's heading.
type title struct {
	plain string // the document's title on one line
	line  string // with a ticket's key and fields
}

const typeTicket = "ticket"

// ticketFields are the metadata of a ticket that people search by, in the
// order in which they are shown; the first key of a field that is there counts.
var ticketFields = [...]struct {
	name string
	keys [3]string
}{
	{"project", [3]string{"project"}},
	{"type", [3]string{"issue_type", "issuetype", "tracker"}},
	{"status", [3]string{"status"}},
	{"priority", [3]string{"priority"}},
	{"component", [3]string{"components", "component"}},
	{"labels", [3]string{"labels"}},
	{"version", [3]string{"fix_version", "fix_versions", "version"}},
}

func titleOf(doc eyeshot.Document) title {
	plain := cutRunes(oneLine(doc.Title), maxTitle)
	if doc.Object.Type() != typeTicket {
		return title{plain: plain, line: plain}
	}
	parts := []string{strings.TrimSpace(cutRunes(doc.Object.Local(), maxField) + " " + plain)}
	for _, field := range ticketFields {
		if value := fieldValue(doc.Metadata, field.keys[:]); value != "" {
			parts = append(parts, field.name+": "+value)
		}
	}
	return title{plain: plain, line: strings.Join(parts, " · ")}
}

func fieldValue(metadata map[string]any, keys []string) string {
	for _, key := range keys {
		var value string
		switch v := metadata[key].(type) {
		case nil:
			continue
		case []string:
			value = strings.Join(v, ", ")
		default:
			value = fmt.Sprint(v)
		}
		if value = oneLine(value); value != "" {
			return cutRunes(value, maxField)
		}
	}
	return ""
}
