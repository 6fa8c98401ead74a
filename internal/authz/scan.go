package authz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// scanner reads a JSON text key by key. encoding/json would do, but it lets the
// last of two equal keys win and takes "Allowed" for "allowed", and reading 50
// answers token by token with it costs as much as all the rest of a call.
// The text has been found valid before, which is what keeps this short.
type scanner struct {
	text []byte
	at   int
}

func newScanner(text []byte) (*scanner, error) {
	if !json.Valid(text) {
		return nil, errors.New("it is not JSON")
	}
	return &scanner{text: text}, nil
}

// peek returns the next byte that is not white space, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r', ',', ':':
		default:
			return c
		}
	}
	return 0
}

// object calls visit for each key, equal ones too; visit has to read the key's
// value, with value or object.
func (s *scanner) object(visit func(key []byte) error) error {
	if s.peek() != '{' {
		return fmt.Errorf("it has %.20q where an object should be", s.text[s.at:])
	}
	s.at++
	for s.peek() != '}' {
		key := s.str()
		if key == nil {
			return errors.New("it ends within an object")
		}
		if err := visit(key); err != nil {
			return err
		}
	}
	s.at++
	return nil
}

// str reads a string, without its quotes; nil where there is none.
func (s *scanner) str() []byte {
	if s.peek() != '"' {
		return nil
	}
	quoted := s.value()
	plain := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(plain, '\\') < 0 {
		return plain
	}
	var decoded string
	_ = json.Unmarshal(quoted, &decoded) // the text is valid
	return []byte(decoded)
}

// value reads any value and returns its text.
func (s *scanner) value() []byte {
	s.peek()
	start, depth, quoted := s.at, 0, false
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case quoted && c == '\\':
			s.at++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if s.ended(depth, quoted) {
			s.at++
			break
		}
	}
	return s.text[start:s.at]
}

// ended tells whether the byte at s.at is a value's last: nothing is open, and a
// container or string was closed by it or a literal is cut off by what follows.
func (s *scanner) ended(depth int, quoted bool) bool {
	if depth > 0 || quoted {
		return false
	}
	switch s.text[s.at] {
	case '"', '}', ']':
		return true
	}
	return s.at+1 == len(s.text) || bytes.IndexByte([]byte(",]} \t\n\r"), s.text[s.at+1]) >= 0
}

func errMissing(field string) error { return fmt.Errorf("it has no %q", field) }

// errSamePage stops a read that would go round in a circle for ever.
func errSamePage() error { return errors.New("it continues at the page that it came from") }
