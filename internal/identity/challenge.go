package identity

import (
	"errors"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// Challenge is what a 401 or 403 tells the client in WWW-Authenticate: that a
// bearer token is wanted (RFC 6750 section 3) and where the metadata says who
// issues one (RFC 9728 section 5.1). Empty fields are left out.
type Challenge struct {
	Realm            string
	ResourceMetadata string // URL of /.well-known/oauth-protected-resource
	Scope            string
	Err              error // why the request was refused; nil when it had no token
}

// String builds the header's value.
func (c Challenge) String() string {
	code, description := c.code()
	var params []string
	for _, p := range [][2]string{
		{"realm", c.Realm},
		{"resource_metadata", c.ResourceMetadata},
		{"scope", c.Scope},
		{"error", code},
		{"error_description", description},
	} {
		if p[1] != "" {
			params = append(params, p[0]+`="`+quotable(p[1])+`"`)
		}
	}
	return strings.TrimSuffix("Bearer "+strings.Join(params, ", "), " ")
}

// code picks the error code of RFC 6750 section 3.1. A request without a token
// gets none: it did nothing wrong yet.
func (c Challenge) code() (code, description string) {
	var failure *Failure
	switch {
	case errors.As(c.Err, &failure) && failure.Reason == ReasonNoToken:
		return "", ""
	case errors.Is(c.Err, eyeshot.ErrUnauthenticated):
		return "invalid_token", "the access token is not valid"
	case errors.Is(c.Err, eyeshot.ErrForbidden):
		return "insufficient_scope", "the access token does not allow this"
	default:
		return "", ""
	}
}

// quotable drops what RFC 6750 allows in no attribute: quotes, backslashes,
// control characters and everything outside ASCII.
//
// SECURITY: without it a configured or echoed text could end the header and
// start another one.
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
}
