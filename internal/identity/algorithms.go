package identity

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/eyeshot-dev/eyeshot"
)

// Bounds of an RSA modulus in bits: below it is weak, above it is slow enough
// to tie up a core.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// signatureAlgorithms are the algorithms that can be allowed at all (RFC 7518
// section 3.1, RFC 8037).
//
// SECURITY: asymmetric ones only. With "none" anybody, and with HS256 anybody
// who can read the public key, would be an issuer.
func signatureAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.EdDSA,
		jose.ES256, jose.ES384, jose.ES512,
		jose.PS256, jose.PS384, jose.PS512,
		jose.RS256, jose.RS384, jose.RS512,
	}
}

// allowedAlgorithms checks a configured list; an empty one allows all of
// [signatureAlgorithms].
func allowedAlgorithms(configured []string) ([]jose.SignatureAlgorithm, error) {
	known := signatureAlgorithms()
	if len(configured) == 0 {
		return known, nil
	}
	var allowed []jose.SignatureAlgorithm
	for _, name := range configured {
		alg := jose.SignatureAlgorithm(name)
		if !slices.Contains(known, alg) {
			return nil, eyeshot.Invalid("algorithms", name, "must be one of "+joined(known))
		}
		allowed = append(allowed, alg)
	}
	return allowed, nil
}

func joined(algs []jose.SignatureAlgorithm) string {
	var texts []string
	for _, alg := range algs {
		texts = append(texts, string(alg))
	}
	return strings.Join(texts, ", ")
}

// fits reports whether a signature by alg can be by key at all.
func fits(key any, alg jose.SignatureAlgorithm) bool {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return alg == jose.EdDSA
	case *ecdsa.PublicKey:
		return alg == jose.ES256 && k.Curve == elliptic.P256() ||
			alg == jose.ES384 && k.Curve == elliptic.P384() ||
			alg == jose.ES512 && k.Curve == elliptic.P521()
	case *rsa.PublicKey:
		return strings.HasPrefix(string(alg), "RS") || strings.HasPrefix(string(alg), "PS")
	default:
		return false
	}
}

// sound reports whether a key is of a kind and size that may sign tokens.
//
// SECURITY: only public keys are. Who can read a symmetric key could sign with
// it, and a private key that is published is known to everybody.
func sound(key any) bool {
	switch k := key.(type) {
	case ed25519.PublicKey, *ecdsa.PublicKey:
		return true
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return bits >= minRSABits && bits <= maxRSABits
	default:
		return false
	}
}
