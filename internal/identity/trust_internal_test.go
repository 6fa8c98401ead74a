package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whoever's keys verified a token, it is one of the issuer that it names.
func TestClaimsOfAnotherIssuerAreNotAccepted(t *testing.T) {
	issuer := trusted{Trust: Trust{Issuer: "https://one.example", Audiences: []string{"search"}}}
	for _, payload := range []string{
		`{"iss":"https://two.example","aud":"search"}`,
		`{"aud":"search"}`,
	} {
		c, err := parseClaims([]byte(payload))
		require.NoError(t, err)
		var failure *Failure
		require.ErrorAs(t, issuer.accept(c), &failure)
		require.Equal(t, ReasonIssuer, failure.Reason)
	}
	c, err := parseClaims([]byte(`{"iss":"https://one.example","aud":"search"}`))
	require.NoError(t, err)
	require.NoError(t, issuer.accept(c))
}

// The last second of the year 9999 is still a date, and 1970 the first.
func TestDatesAtTheEdgesDoNotOverflow(t *testing.T) {
	c, err := parseClaims([]byte(`{"exp":253402300799,"nbf":0,"iat":0}`))
	require.NoError(t, err)
	require.NoError(t, checkTimes(c, time.Now(), MaxLeeway))
}
