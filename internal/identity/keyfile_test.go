package identity_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

func open(dir string) (*identity.Issuer, error) {
	return identity.OpenIssuer(identity.LocalConfig{Dir: dir})
}

func keyPath(dir string) string { return filepath.Join(dir, "issuer.jwk") }

func TestTheKeyIsCreatedForItsOwnerAloneAndKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := open(dir)
	require.NoError(t, err)
	info, err := os.Stat(keyPath(dir))
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	}
	again, err := open(dir)
	require.NoError(t, err)
	assert.Equal(t, string(first.JWKS()), string(again.JWKS()))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing else is left behind")
}

func TestTheKeyIDIsTheThumbprint(t *testing.T) {
	issuer, err := open(t.TempDir())
	require.NoError(t, err)
	var set jose.JSONWebKeySet
	require.NoError(t, json.Unmarshal(issuer.JWKS(), &set))
	require.Len(t, set.Keys, 1)
	thumbprint, err := set.Keys[0].Thumbprint(crypto.SHA256)
	require.NoError(t, err)
	assert.Equal(t, base64.RawURLEncoding.EncodeToString(thumbprint), set.Keys[0].KeyID)
}

func TestThePublishedKeySetHoldsNothingPrivate(t *testing.T) {
	dir := t.TempDir()
	issuer, err := open(dir)
	require.NoError(t, err)
	data, err := os.ReadFile(keyPath(dir))
	require.NoError(t, err)
	var private struct {
		D string `json:"d"`
	}
	require.NoError(t, json.Unmarshal(data, &private))
	require.NotEmpty(t, private.D)
	assert.NotContains(t, string(issuer.JWKS()), private.D)
	assert.NotContains(t, string(issuer.JWKS()), `"d"`)
}

func TestOfSeveralThatCreateTheKeyAtOnceAllGetTheSame(t *testing.T) {
	dir := t.TempDir()
	var (
		all     sync.WaitGroup
		issuers [16]*identity.Issuer
	)
	for n := range issuers {
		all.Go(func() {
			issuer, err := open(dir)
			assert.NoError(t, err)
			issuers[n] = issuer
		})
	}
	all.Wait()
	for _, issuer := range issuers {
		assert.Equal(t, string(issuers[0].JWKS()), string(issuer.JWKS()))
	}
}

func TestAKeyThatOthersCanReachIsRefusedWithWhatToDo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such file modes")
	}
	for _, mode := range []fs.FileMode{0o604, 0o640, 0o660, 0o620, 0o644} {
		dir := t.TempDir()
		_, err := open(dir)
		require.NoError(t, err)
		require.NoError(t, os.Chmod(keyPath(dir), mode))
		_, err = open(dir)
		require.ErrorIs(t, err, eyeshot.ErrConflict)
		assert.ErrorContains(t, err, "chmod 600 "+keyPath(dir))
	}
}

func TestAKeyFileThatHoldsNoKeyIsKeptAndNamed(t *testing.T) {
	dir := t.TempDir()
	_, err := open(dir)
	require.NoError(t, err)
	good, err := os.ReadFile(keyPath(dir))
	require.NoError(t, err)
	var fields map[string]string
	require.NoError(t, json.Unmarshal(good, &fields))
	edit := func(name, value string) []byte {
		return bytes.Replace(good, []byte(fields[name]), []byte(value), 1)
	}
	for name, row := range map[string]struct {
		data []byte
		want string
	}{
		"empty":           {nil, "is not a JWK"},
		"half":            {good[:len(good)/2], "is not a JWK"},
		"of another kind": {[]byte(`{"kty":"oct","k":"c2VjcmV0","kid":"x"}`), "not a private Ed25519 key"},
		"public":          {[]byte(`{"kty":"OKP","crv":"Ed25519","x":"` + fields["x"] + `"}`), "not a private Ed25519 key"},
		"another kid":     {edit("kid", "mine"), "thumbprint"},
		"x of another":    {edit("x", strings.Repeat("A", 43)), "is not a JWK"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(keyPath(dir), row.data, 0o600))
			_, err := open(dir)
			require.ErrorIs(t, err, eyeshot.ErrConflict)
			assert.ErrorContains(t, err, row.want)
			assert.ErrorContains(t, err, keyPath(dir))
			assert.NotContains(t, err.Error(), fields["d"])
			left, err := os.ReadFile(keyPath(dir))
			require.NoError(t, err)
			assert.Equal(t, string(row.data), string(left))
		})
	}
}

func TestADataDirectoryThatCannotBeUsedIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := open(file)
	assert.ErrorContains(t, err, file)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(keyPath(dir), 0o700))
	_, err = open(dir)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	assert.ErrorContains(t, err, "not a regular file")
}
