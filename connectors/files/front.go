package files

import (
	"bytes"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot"
)

// front is the front matter of a Markdown file: YAML between two lines of three
// dashes, at its very beginning.
type front struct {
	own      *rules // under the key eyeshot; nil where there is none
	title    string
	metadata map[string]any
	body     []byte // the text behind it
}

// parseFront reads a front matter.
//
// SECURITY: one that is not understood, and may have said who reads the file, is
// an error.
func parseFront(text []byte) (front, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	head, body, found := cutFront(text)
	if !found {
		return front{body: text}, nil
	}
	var fields map[string]any
	if err := yaml.Unmarshal(head, &fields); err != nil {
		if !bytes.Contains(head, []byte("eyeshot")) { // what stands between two rules
			return front{body: text}, nil
		}
		return front{}, fmt.Errorf("%w: the front matter is no YAML", eyeshot.ErrInvalid)
	}
	out := front{body: body, metadata: map[string]any{}}
	for key, value := range fields {
		if key == "eyeshot" {
			continue
		}
		if flat, ok := flatten(value); ok {
			out.metadata[key] = flat
		}
	}
	out.title, _ = fields["title"].(string)
	own, told := fields["eyeshot"]
	if !told {
		return out, nil
	}
	encoded, err := yaml.Marshal(own)
	if err != nil {
		return front{}, fmt.Errorf("%w: the front matter's eyeshot is not understood", eyeshot.ErrInvalid)
	}
	r := parseRules("front matter", encoded)
	out.own = &r
	return out, r.err
}

// cutFront finds the front matter. A file that begins like one and does not end
// it has none, unless it says something about eyeshot: then it is broken.
func cutFront(text []byte) (head, body []byte, found bool) {
	first, rest, ok := bytes.Cut(text, []byte("\n"))
	if !ok || string(bytes.TrimRight(first, " \t\r")) != "---" {
		return nil, text, false
	}
	for at := 0; at < len(rest); {
		line := rest[at:]
		end := bytes.IndexByte(line, '\n')
		if end < 0 {
			end = len(line) - 1
		}
		if mark := string(bytes.TrimRight(line[:end+1], " \t\r\n")); mark == "---" || mark == "..." {
			return rest[:at], line[end+1:], true
		}
		at += end + 1
	}
	if bytes.Contains(rest, []byte("\neyeshot:")) || bytes.HasPrefix(rest, []byte("eyeshot:")) {
		return []byte("\teyeshot, never ended"), nil, true // which is no YAML
	}
	return nil, text, false
}

// flatten makes a field what metadata may hold.
func flatten(value any) (any, bool) {
	switch v := value.(type) {
	case string, bool, float64:
		return v, true
	case []any:
		out := make([]string, 0, len(v))
		for _, element := range v {
			text, ok := element.(string)
			if !ok {
				return nil, false
			}
			out = append(out, text)
		}
		return out, true
	}
	return nil, false
}
