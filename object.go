package eyeshot

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits that OpenFGA sets on the identifiers of a relationship tuple, in
// bytes (openfga v1: pkg/server/config, tuple key validation).
const (
	MaxObjectBytes   = 256
	MaxRelationBytes = 50
	MaxSubjectBytes  = 512
)

// Object names one thing in OpenFGA's sense: "type:id", for example
// "ticket:jira-main/PAY-1482". The id is percent-encoded where OpenFGA refuses
// a character; see [NewObject]. The zero Object names nothing.
type Object string

// NewObject builds "type:source/local". Characters of source and local that
// OpenFGA refuses, or that have a meaning of their own (':', '#', '*',
// '~', '%', white space, control characters), are percent-encoded, so two
// different (source, local) pairs never give the same Object; a '/' is kept in
// local and encoded in source. It fails on an empty part, on invalid UTF-8,
// and when the result is longer than [MaxObjectBytes].
func NewObject(typ, source, local string) (Object, error) {
	if source == "" {
		return "", invalid("source", source, "must not be empty")
	}
	return newObject(typ, strings.ReplaceAll(EscapeID(source), "/", "%2F")+"/", local)
}

// NewGlobalObject builds "type:local" for types that belong to no source, such
// as user, group, tenant or agent. Escaping and errors are those of [NewObject].
func NewGlobalObject(typ, local string) (Object, error) {
	return newObject(typ, "", local)
}

func newObject(typ, prefix, local string) (Object, error) {
	if local == "" {
		return "", invalid("id", local, "must not be empty")
	}
	if !utf8.ValidString(prefix) || !utf8.ValidString(local) {
		return "", invalid("id", strings.ToValidUTF8(local, "?"), "must be valid UTF-8")
	}
	return ParseObject(typ + ":" + prefix + EscapeID(local))
}

// ParseObject checks that s is an object as OpenFGA takes it, "type:id", at
// most [MaxObjectBytes] bytes, and no wildcard, and returns it unchanged.
func ParseObject(s string) (Object, error) {
	typ, id, found := strings.Cut(s, ":")
	switch {
	case !found || typ == "" || id == "":
		return "", invalid("object", s, `must have the form "type:id"`)
	case len(s) > MaxObjectBytes:
		return "", invalid("object", s, fmt.Sprintf("is %d bytes long, at most %d are allowed (percent-encoding counts)", len(s), MaxObjectBytes))
	case !utf8.ValidString(s):
		return "", invalid("object", strings.ToValidUTF8(s, "?"), "must be valid UTF-8")
	case !isTypeName(typ):
		return "", invalid("object", s, "its type may hold lower-case letters, digits, '_' and '-', and starts with a letter")
	case strings.ContainsFunc(id, mustEscape):
		return "", invalid("object", s, "its id may not hold ':', '#', '*', white space or control characters: percent-encode them")
	}
	return Object(s), nil
}

// Type returns the part before the first colon.
func (o Object) Type() string {
	typ, _, _ := strings.Cut(string(o), ":")
	return typ
}

// ID returns the part after the first colon, still percent-encoded.
func (o Object) ID() string {
	_, id, _ := strings.Cut(string(o), ":")
	return id
}

// Source returns the source that an object of [NewObject] belongs to, decoded;
// it is empty for an object that has none.
func (o Object) Source() string {
	source, _, found := strings.Cut(o.ID(), "/")
	if !found {
		return ""
	}
	return UnescapeID(source)
}

// Local returns the identifier that the object has in its own source, decoded.
func (o Object) Local() string {
	_, local, found := strings.Cut(o.ID(), "/")
	if !found {
		return UnescapeID(o.ID())
	}
	return UnescapeID(local)
}

// EscapeID percent-encodes the characters of an identifier that OpenFGA
// refuses or reads as syntax. It is injective, and [UnescapeID] undoes it.
//
// SECURITY: a token's subject of "*" or "x#member" must stay a plain name and
// never become the wildcard or a subject set; '~' separates the two halves of
// a delegation's id, so a name that holds one must not be able to move the
// boundary between user and agent.
func EscapeID(s string) string {
	if !strings.ContainsFunc(s, needsEscape) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if needsEscape(r) {
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// UnescapeID undoes [EscapeID]. Text that is not valid percent-encoding is
// returned as it is.
func UnescapeID(s string) string {
	out, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return out
}

func needsEscape(r rune) bool { return r == '%' || r == '~' || mustEscape(r) }

func mustEscape(r rune) bool {
	switch r {
	case ':', '#', '*', utf8.RuneError:
		return true
	}
	return unicode.IsSpace(r) || unicode.IsControl(r)
}

func isTypeName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z'
		other := r >= '0' && r <= '9' || r == '_' || r == '-'
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return true
}
