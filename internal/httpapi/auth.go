package httpapi

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

const principalKey = "principal"

// authenticate establishes the principal from the bearer token.
//
// SECURITY: it aborts the chain unless the token was verified, so no handler
// behind it runs without a principal.
func (s *server) authenticate(c *gin.Context) {
	token, err := identity.FromHeaders(c.Request.Header)
	if err != nil {
		s.unauthenticated(c, err)
		return
	}
	principal, err := s.Verifier.Verify(c.Request.Context(), token)
	if errors.Is(err, eyeshot.ErrUnavailable) {
		s.fail(c, err)
		return
	}
	if err == nil {
		err = principal.Validate()
	}
	if err != nil {
		s.unauthenticated(c, err)
		return
	}
	c.Set(principalKey, principal)
	c.Next()
}

func (s *server) unauthenticated(c *gin.Context, err error) {
	reason, detail := "other", ""
	var failure *identity.Failure
	if errors.As(err, &failure) {
		reason, detail = string(failure.Reason), failure.Detail
	}
	s.Observer.Unauthenticated(reason)
	s.Logger.Warn("token refused", "id", c.GetString(requestIDHeader), "reason", reason, "detail", detail)
	challenge := identity.Challenge{Realm: "eyeshot", ResourceMetadata: s.PublicURL() + "/.well-known/oauth-protected-resource", Err: err}
	c.Header("WWW-Authenticate", challenge.String())
	s.problem(c, http.StatusUnauthorized, "unauthenticated", "a valid bearer token is required")
}

// require lets a request through only where the principal has the relation to
// its tenant, checked at this moment.
func (s *server) require(relation string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := s.Roles.Require(c.Request.Context(), principalOf(c), relation); err != nil {
			fail := s.fail
			if c.Request.Method == http.MethodGet {
				fail = s.failRead
			}
			fail(c, err)
			return
		}
		c.Next()
	}
}

// principalOf returns the principal that authenticate has set; without it, the
// zero Principal, which every permission decision refuses.
func principalOf(c *gin.Context) eyeshot.Principal {
	value, _ := c.Get(principalKey)
	principal, _ := value.(eyeshot.Principal)
	return principal
}
