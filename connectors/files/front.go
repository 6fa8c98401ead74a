package files

import (
	"bytes"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot"
)

// front is the front matter of a Markdown file: YAML between two lines of three
// dashes, before anything else.
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
	head, body, found := cutFront(bytes.TrimLeft(text, " \t\r\n"))
	if !found {
		return front{body: text}, nil
	}
	fields, err := frontFields(head)
	if err != nil {
		return front{}, err
	}
	if fields == nil { // what stands between two rules
		return front{body: text}, nil
	}
	out := front{body: body, metadata: map[string]any{}}
	for key, value := range fields {
		if strings.EqualFold(strings.TrimSpace(key), "eyeshot") {
			if key != "eyeshot" {
				return front{}, fmt.Errorf("%w: the front matter's %q must be written eyeshot", eyeshot.ErrInvalid, key)
			}
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

// frontFields reads the fields of a front matter, or returns nil where it is
// none. A field that comes twice may say two things about who reads the file.
func frontFields(head []byte) (fields map[string]any, err error) {
	if yaml.UnmarshalStrict(head, &fields) == nil {
		if fields == nil {
			fields = map[string]any{} // it is empty
		}
		return fields, nil
	}
	if bytes.Contains(bytes.ToLower(head), []byte("eyeshot")) {
		return nil, fmt.Errorf("%w: the front matter is no YAML, or says something twice", eyeshot.ErrInvalid)
	}
	fields = nil
	if err := yaml.Unmarshal(head, &fields); err != nil {
		return nil, nil
	}
	return fields, nil
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
	for line := range bytes.Lines(rest) {
		if saysEyeshot(line) {
			return []byte("\teyeshot, never ended"), nil, true // which is no YAML
		}
	}
	return nil, text, false
}

// saysEyeshot says whether a line looks like the field of a front matter that
// says who reads the file, however it is written.
func saysEyeshot(line []byte) bool {
	name, _, found := bytes.Cut(line, []byte(":"))
	return found && strings.EqualFold(string(bytes.Trim(name, " \t\"'{")), "eyeshot")
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
