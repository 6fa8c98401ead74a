package httpapi_test

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

type object = map[string]any

// signingKey is the issuer's own key: a token that it signs is wrong in what it
// says alone.
func (s *surface) signingKey(t *testing.T) (key ed25519.PrivateKey, id string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.keyDir, "issuer.jwk"))
	require.NoError(t, err)
	var jwk struct{ D, Kid string }
	require.NoError(t, json.Unmarshal(text, &jwk))
	seed, err := base64.RawURLEncoding.DecodeString(jwk.D)
	require.NoError(t, err)
	return ed25519.NewKeyFromSeed(seed), jwk.Kid
}

// forge writes a compact JWS by hand.
func forge(t *testing.T, header, claims object, sign func(input []byte) []byte) string {
	t.Helper()
	encode := func(v any) string {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	input := encode(header) + "." + encode(claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(input)))
}

// badTokens are all refused; the one named "good" alone is not.
func badTokens(t *testing.T, s *surface) map[string]string {
	key, kid := s.signingKey(t)
	header := func(name string, value any) object {
		h := object{"alg": "EdDSA", "kid": kid, "typ": "at+jwt"}
		h[name] = value
		return h
	}
	claims := func(name string, value any) object {
		c := object{"iss": "eyeshot", "aud": "eyeshot", "sub": "alice", "tenant": "acme", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	eddsa := func(input []byte) []byte { return ed25519.Sign(key, input) }
	hs256 := func(input []byte) []byte {
		mac := hmac.New(sha256.New, key.Public().(ed25519.PublicKey))
		mac.Write(input)
		return mac.Sum(nil)
	}
	good := claims("iss", "eyeshot")
	return map[string]string{
		"good":                       forge(t, header("alg", "EdDSA"), good, eddsa),
		"no token":                   "",
		"not a token":                "correct-horse-battery-staple",
		"wrong audience":             forge(t, header("alg", "EdDSA"), claims("aud", "mail"), eddsa),
		"no audience":                forge(t, header("alg", "EdDSA"), claims("aud", nil), eddsa),
		"expired":                    forge(t, header("alg", "EdDSA"), claims("exp", time.Now().Add(-time.Hour).Unix()), eddsa),
		"no expiry":                  forge(t, header("alg", "EdDSA"), claims("exp", nil), eddsa),
		"unknown key":                forge(t, header("kid", "another"), good, eddsa),
		"no key id":                  forge(t, header("kid", ""), good, eddsa),
		"unknown issuer":             forge(t, header("alg", "EdDSA"), claims("iss", "https://elsewhere.example"), eddsa),
		"algorithm none":             forge(t, header("alg", "none"), good, func([]byte) []byte { return nil }),
		"HS256 with the public key":  forge(t, header("alg", "HS256"), good, hs256),
		"signed by somebody else":    forge(t, header("alg", "EdDSA"), good, func(input []byte) []byte { return ed25519.Sign(ed25519.NewKeyFromSeed(make([]byte, 32)), input) }),
		"without a signature":        forge(t, header("alg", "EdDSA"), good, func([]byte) []byte { return nil }),
		"missing tenant":             forge(t, header("alg", "EdDSA"), claims("tenant", nil), eddsa),
		"empty tenant":               forge(t, header("alg", "EdDSA"), claims("tenant", ""), eddsa),
		"missing subject":            forge(t, header("alg", "EdDSA"), claims("sub", nil), eddsa),
		"an actor that is malformed": forge(t, header("alg", "EdDSA"), claims("act", object{}), eddsa),
		"an empty task":              forge(t, header("alg", "EdDSA"), claims("task", ""), eddsa),
	}
}

func TestNoHandlerIsReachedWithoutAGoodToken(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	reached := 0
	s.answer = func(context.Context) error { reached++; return nil }
	for name, token := range badTokens(t, s) {
		for _, request := range protected {
			t.Run(name+" "+request.method+" "+request.route, func(t *testing.T) {
				answer := apptest.NewCaller(t, s.url, token).Do(request.method, request.path, body(request.body))
				if name == "good" {
					require.Less(t, answer.Status, 300, "this token differs from the others in one thing")
					require.NotZero(t, reached)
					reached = 0
					return
				}
				require.Zero(t, reached)
				requireChallenge(t, answer, token == "")
			})
		}
	}
}

// requireChallenge wants a 401 as RFC 6750 and RFC 9728 have it. A caller that
// has sent no token has done nothing wrong yet.
func requireChallenge(t *testing.T, answer apptest.Answer, withoutToken bool) {
	t.Helper()
	require.Equal(t, http.StatusUnauthorized, answer.Status)
	require.Equal(t, "urn:eyeshot:problem:unauthenticated", answer.Problem().Type)
	want := `Bearer realm="eyeshot", resource_metadata="https://search.example/.well-known/oauth-protected-resource"`
	if !withoutToken {
		want += `, error="invalid_token", error_description="the access token is not valid"`
	}
	require.Equal(t, want, answer.Header.Get("WWW-Authenticate"), "it does not say what is wrong with the token")
}

func TestTheAuthorizationHeaderHoldsExactlyOneBearerToken(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	good := s.caller(t).Token
	for name, values := range map[string][]string{
		"another scheme":  {"Basic YWxpY2U6YWxpY2U="},
		"no scheme":       {good},
		"two tokens":      {"Bearer " + good + " " + good},
		"two, by comma":   {"Bearer " + good + ", Bearer " + good},
		"twice":           {"Bearer " + good, "Bearer " + good},
		"good and bad":    {"Bearer " + good, "Basic x"},
		"scheme alone":    {"Bearer"},
		"a quoted token":  {`Bearer "` + good + `"`},
		"longer than any": {"Bearer " + strings.Repeat("a", 20<<10)},
	} {
		caller := apptest.NewCaller(t, s.url, "")
		caller.Header["Authorization"] = values
		answer := caller.Post("/v1/search", `{"query":"x"}`)
		require.Equal(t, http.StatusUnauthorized, answer.Status, name)
	}
	caller := apptest.NewCaller(t, s.url, "")
	caller.Header["Authorization"] = []string{"bearer  " + good}
	require.Equal(t, http.StatusOK, caller.Post("/v1/search", `{"query":"x"}`).Status, "the scheme's case does not matter")
	caller.Header = http.Header{"X-Authorization": {"Bearer " + good}}
	require.Equal(t, http.StatusUnauthorized, caller.Post("/v1/search?access_token="+good, `{"query":"x"}`).Status, "a token is in its header and nowhere else")
}

// What takes no token is listed here by name, so that a route that is added has
// to be put on one list or the other.
func TestEveryRouteTakesATokenUnlessItIsNamedHere(t *testing.T) {
	open := []string{"GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.json", "GET /.well-known/jwks.json", "GET /.well-known/oauth-protected-resource", "POST /v1/sources/:name/hook"}
	var listed []string
	for _, request := range protected {
		listed = append(listed, request.method+" "+request.route)
	}
	var routes []string
	for _, route := range newSurface(t, httpapi.Limits{}).handler.(*gin.Engine).Routes() {
		routes = append(routes, route.Method+" "+route.Path)
	}
	require.ElementsMatch(t, slices.Concat(open, listed), routes)
}
