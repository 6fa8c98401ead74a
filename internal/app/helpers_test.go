package app_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// unsigned is a token that names an issuer and a key, with a signature of
// nobody's.
func unsigned(t *testing.T, issuer string) string {
	t.Helper()
	part := func(v any) string {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "EdDSA", "kid": "1", "typ": "JWT"}) + "." + part(map[string]any{"iss": issuer}) + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
}
