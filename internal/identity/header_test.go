package identity_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

func TestTheTokenOfAnAuthorizationHeader(t *testing.T) {
	for value, want := range map[string]string{
		"Bearer abc.def.ghi": "abc.def.ghi",
		"bearer abc":         "abc",
		"BEARER   abc":       "abc",
		"  Bearer abc  ":     "abc",
		"Bearer a-._~+/1Z==": "a-._~+/1Z==",
	} {
		token, err := identity.FromHeader(value)
		require.NoError(t, err, value)
		assert.Equal(t, want, token)
	}
}

func TestAnAuthorizationHeaderWithoutExactlyOneBearerTokenIsRefused(t *testing.T) {
	for value, want := range map[string]identity.Reason{
		"":                       identity.ReasonNoToken,
		"abc.def.ghi":            identity.ReasonNoToken,
		"Basic YWxpY2U6c2VjcmV0": identity.ReasonNoToken,
		"Bearertoken":            identity.ReasonNoToken,
		"Bearer":                 identity.ReasonHeader,
		"Bearer ":                identity.ReasonHeader,
		"Bearer ==":              identity.ReasonHeader,
		"Bearer a=b":             identity.ReasonHeader,
		"Bearer one two":         identity.ReasonHeader,
		"Bearer one, Bearer two": identity.ReasonHeader,
		"Bearer \"quoted\"":      identity.ReasonHeader,
		"Bearer a\r\nX: b":       identity.ReasonHeader,
		"Bearer zoë":             identity.ReasonHeader,
		"Bearer\tabc":            identity.ReasonNoToken,
	} {
		token, err := identity.FromHeader(value)
		require.Error(t, err, value)
		assert.Empty(t, token)
		requireReason(t, err, value, want)
	}
}

func TestTwoAuthorizationHeadersAreRefused(t *testing.T) {
	headers := http.Header{}
	_, err := identity.FromHeaders(headers)
	requireReason(t, err, "", identity.ReasonNoToken)
	headers.Add("Authorization", "Bearer one")
	token, err := identity.FromHeaders(headers)
	require.NoError(t, err)
	assert.Equal(t, "one", token)
	headers.Add("Authorization", "Bearer two")
	_, err = identity.FromHeaders(headers)
	requireReason(t, err, "", identity.ReasonHeader)
}
