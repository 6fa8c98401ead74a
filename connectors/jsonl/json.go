package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/eyeshot-dev/eyeshot"
)

// eachField calls do for each field of a JSON object, in order. A name that
// comes twice is an error: readers that take the first and readers that take
// the last would not agree on what the object says. The second is not handed
// to do.
func eachField(data []byte, do func(name string, value json.RawMessage) error) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return eyeshot.Invalid("value", kindOf(data), "must be a JSON object")
	}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return malformed(err)
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return malformed(err)
		}
		if seen[name] {
			return eyeshot.Invalid("field", name, "is there twice")
		}
		seen[name] = true
		if err := do(name, value); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return malformed(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return eyeshot.Invalid("value", kindOf(data), "must be one JSON object with nothing behind it")
	}
	return nil
}

// malformed keeps the parser's reason, which holds a character at most.
func malformed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: not JSON: %w", eyeshot.ErrInvalid, err)
}

func text(name string, value json.RawMessage) (string, error) {
	var s *string
	if err := json.Unmarshal(value, &s); err != nil {
		return "", eyeshot.Invalid(name, kindOf(value), "must be a string")
	}
	if s == nil {
		return "", nil
	}
	return *s, nil
}

func metadata(data json.RawMessage) (map[string]any, error) {
	if string(data) == "null" {
		return nil, nil
	}
	out := map[string]any{}
	err := eachField(data, func(name string, raw json.RawMessage) error {
		value, ok := flat(raw)
		if !ok {
			return eyeshot.Invalid("metadata."+name, kindOf(raw), "must be a string, a number, true, false, or a list of strings")
		}
		if value != nil {
			out[name] = value
		}
		return nil
	})
	return out, err
}

// flat decodes what metadata may hold; null is nil.
func flat(raw json.RawMessage) (any, bool) {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil, false
	}
	switch v := value.(type) {
	case nil, string, float64, bool:
		return v, true
	case []any:
		list := make([]string, len(v))
		for i, item := range v {
			s, ok := item.(string)
			if !ok {
				return nil, false
			}
			list[i] = s
		}
		return list, true
	}
	return nil, false
}

// kindOf names what a JSON value is, without showing any of it.
func kindOf(value json.RawMessage) string {
	value = bytes.TrimLeft(value, " \t\r\n")
	if len(value) == 0 {
		return "nothing"
	}
	switch value[0] {
	case '{':
		return "object"
	case '[':
		return "list"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}
