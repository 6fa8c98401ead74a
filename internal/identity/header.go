package identity

import (
	"net/http"
	"strings"
)

// FromHeader returns the token of an Authorization header's value, "Bearer
// <token>" (RFC 6750 section 2.1; the scheme's case does not matter). A value
// that is empty or of another scheme fails with [ReasonNoToken], a malformed
// one with [ReasonHeader]; both wrap [eyeshot.ErrUnauthenticated].
func FromHeader(authorization string) (string, error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(authorization), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse(ReasonNoToken, "the request has no Authorization header of scheme Bearer")
	}
	token := strings.TrimLeft(rest, " ")
	if !isToken68(token) {
		return "", refuse(ReasonHeader, "the Authorization header does not hold exactly one bearer token")
	}
	return token, nil
}

// FromHeaders is [FromHeader] for a whole request.
//
// SECURITY: a request with two Authorization headers is refused; a proxy in
// front might have looked at the other one.
func FromHeaders(headers http.Header) (string, error) {
	values := headers.Values("Authorization")
	if len(values) > 1 {
		return "", refuse(ReasonHeader, "the request has %d Authorization headers", len(values))
	}
	return FromHeader(headers.Get("Authorization"))
}

// isToken68 checks the b64token syntax of RFC 6750 section 2.1.
func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	return body != "" && !strings.ContainsFunc(body, func(r rune) bool {
		return !isBase64URL(r) && !strings.ContainsRune(".~+/", r)
	})
}

func isBase64URL(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}
