package identity_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// No text that nobody signed is ever a principal, and none makes the verifier
// panic.
func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	good := w.good(f)
	stranger := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	f.Add("")
	f.Add("..")
	f.Add(good[:strings.LastIndex(good, ".")] + ".")
	f.Add(strings.ToUpper(good))
	f.Add(forge(f, object{"alg": "none"}, w.acme.Claims(w.clock), unsigned))
	for _, head := range []object{
		{"alg": "EdDSA", "kid": "ed", "typ": "JWT"},
		{"alg": "EdDSA", "kid": w.localKeyID(f), "typ": "at+jwt", "crit": []string{"b64"}, "b64": false},
		{"alg": "EdDSA", "kid": "ed", "typ": "JWT", "jwk": object{"kty": "OKP", "crv": "Ed25519", "x": b64(stranger.Public().(ed25519.PublicKey))}},
		{"alg": "RS256", "kid": "rsa", "x5c": []string{"AA=="}},
	} {
		f.Add(forge(f, head, w.acme.Claims(w.clock), eddsa(stranger)))
	}
	f.Fuzz(func(t *testing.T, bearer string) {
		p, err := w.verifier.Verify(t.Context(), bearer)
		if err == nil || p != (eyeshot.Principal{}) {
			t.Fatalf("%q became %v", bearer, p)
		}
		failureOf(t, err)
	})
}

// Whatever a trusted issuer signs becomes a valid principal or an error.
func FuzzClaims(f *testing.F) {
	w := newWorld(f)
	f.Add(`{"sub":"alice","tenant":"acme","act":{"sub":"claude","act":{"sub":"x"}},"task":"t","principal_type":"user"}`)
	f.Add(`{"sub":"*","tenant":"acme","exp":1e9,"aud":["a"],"nbf":-1,"iat":0.5}`)
	f.Add(`{"sub":"\ud800","tenant":"acme","cnf":null}`)
	f.Fuzz(func(t *testing.T, extra string) {
		base := encode(t, w.acme.Claims(w.clock))
		payload := strings.TrimSuffix(base, "}") + "," + strings.TrimPrefix(extra, "{")
		for _, text := range []string{payload, extra} {
			p, err := w.verifier.Verify(t.Context(), w.acme.Sign(t, text))
			if err != nil {
				continue
			}
			if err := p.Validate(); err != nil || p.Tenant != "acme" {
				t.Fatalf("%q became %v: %v", text, p, err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	token, err := w.local.Mint(b.Context(), identity.Request{Tenant: "acme", Subject: "alice", Actor: "claude", Task: "01JX"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.verifier.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
