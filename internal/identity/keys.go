package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

const maxKeysInSet = 100

// Keys gives the public keys that an issuer signs with. Its implementations are
// the local [Issuer] and [RemoteKeys]; both are safe for concurrent use.
type Keys interface {
	// lookup returns the keys with that id, or a [Failure]: ReasonUnknownKey
	// where there is none, ReasonKeysUnavailable where that cannot be told.
	lookup(ctx context.Context, kid string) ([]publicKey, error)
	// ready fails where no token of the issuer can be verified at the moment.
	ready(ctx context.Context) error
}

// publicKey is one key of a JWK set (RFC 7517).
type publicKey struct {
	id  string
	alg jose.SignatureAlgorithm // "" where the set does not bind the key to one
	key any                     // ed25519.PublicKey, *ecdsa.PublicKey or *rsa.PublicKey
}

// verifies reports whether the key may be tried on a signature by alg.
//
// SECURITY: a key that its issuer bound to one algorithm, or that is of
// another kind, is never tried with this one.
func (k publicKey) verifies(alg jose.SignatureAlgorithm) bool {
	return (k.alg == "" || k.alg == alg) && fits(k.key, alg)
}

func withID(keys []publicKey, kid string) []publicKey {
	var found []publicKey
	for _, k := range keys {
		if k.id == kid {
			found = append(found, k)
		}
	}
	return found
}

// parseKeySet reads a JWK set and keeps the public signing keys that have an
// id. Others (encryption keys, kinds and sizes that are not taken) are passed
// over, as RFC 7517 section 5 asks; a set without any usable key is an error.
func parseKeySet(data []byte) ([]publicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, errors.New("the JWK set is not valid JSON of the form {\"keys\": […]}")
	}
	if len(set.Keys) > maxKeysInSet {
		return nil, fmt.Errorf("the JWK set holds %d keys, at most %d are taken", len(set.Keys), maxKeysInSet)
	}
	var keys []publicKey
	for _, raw := range set.Keys {
		if key, ok := parseKey(raw); ok {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("none of the JWK set's %d keys is a public signing key with a kid that can be used", len(set.Keys))
	}
	return keys, nil
}

func parseKey(raw json.RawMessage) (publicKey, bool) {
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(raw, &jwk); err != nil {
		return publicKey{}, false
	}
	usable := jwk.KeyID != "" && (jwk.Use == "" || jwk.Use == "sig") && sound(jwk.Key)
	return publicKey{id: jwk.KeyID, alg: jose.SignatureAlgorithm(jwk.Algorithm), key: jwk.Key}, usable
}
