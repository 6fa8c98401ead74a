package identity_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

func TestTheChallengeSaysWhatIsWrongAndNoMore(t *testing.T) {
	const metadata = "https://search.example/.well-known/oauth-protected-resource"
	expired := fmt.Errorf("search: %w", &identity.Failure{Reason: identity.ReasonExpired, Detail: "the token expired at noon"})
	for want, challenge := range map[string]identity.Challenge{
		`Bearer`:                 {},
		`Bearer realm="eyeshot"`: {Realm: "eyeshot", Err: &identity.Failure{Reason: identity.ReasonNoToken}},
		`Bearer realm="eyeshot", resource_metadata="` + metadata + `"`: {Realm: "eyeshot", ResourceMetadata: metadata},
		`Bearer resource_metadata="` + metadata + `", error="invalid_token", error_description="the access token is not valid"`: {
			ResourceMetadata: metadata, Err: expired},
		`Bearer scope="search", error="insufficient_scope", error_description="the access token does not allow this"`: {
			Scope: "search", Err: fmt.Errorf("ingest: %w", eyeshot.ErrForbidden)},
		`Bearer realm="other trouble"`: {Realm: "other trouble", Err: errors.New("disk full")},
	} {
		assert.Equal(t, want, challenge.String())
	}
}

func TestNothingEndsTheChallengeEarly(t *testing.T) {
	challenge := identity.Challenge{Realm: "a\"b\\c\r\nSet-Cookie: é=1"}
	assert.Equal(t, `Bearer realm="abcSet-Cookie: =1"`, challenge.String())
}
