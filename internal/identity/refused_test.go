package identity_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// with returns a good token's claims of issuer acme with one thing changed.
func (w *world) with(change func(c object)) object {
	c := w.acme.Claims(w.clock)
	change(c)
	return c
}

// header returns a good token's header with one thing changed.
func header(change func(h object)) object {
	h := object{"alg": "EdDSA", "kid": "ed", "typ": "JWT"}
	change(h)
	return h
}

// refusal is a token and why it is refused.
type refusal struct {
	token func(t *testing.T) string
	want  identity.Reason
}

func (w *world) requireAllRefused(t *testing.T, rows map[string]refusal) {
	t.Helper()
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			token := row.token(t)
			p, err := w.verifier.Verify(t.Context(), token)
			requireRefused(t, p, err, token, row.want)
		})
	}
}

// claimed is a good token with one claim changed.
func (w *world) claimed(change func(c object)) func(*testing.T) string {
	return func(t *testing.T) string { return w.acme.Sign(t, w.with(change)) }
}

// headed is a good token with its header changed.
func (w *world) headed(change func(h object)) func(*testing.T) string {
	return func(t *testing.T) string {
		return forge(t, header(change), w.acme.Claims(w.clock), eddsa(w.acme.ed))
	}
}

func TestMalformedTokensAreRefused(t *testing.T) {
	w := newWorld(t)
	w.requireAllRefused(t, map[string]refusal{
		"no token":          {func(*testing.T) string { return "" }, identity.ReasonNoToken},
		"not a token":       {func(*testing.T) string { return "correct-horse-battery" }, identity.ReasonMalformed},
		"two parts":         {func(*testing.T) string { return "eyJhbGciOiJFZERTQSJ9.e30" }, identity.ReasonMalformed},
		"five parts":        {func(*testing.T) string { return "eyJhbGciOiJkaXIifQ..aaaa.bbbb.cccc" }, identity.ReasonMalformed},
		"a space in it":     {func(t *testing.T) string { return w.good(t)[:20] + " " + w.good(t)[20:] }, identity.ReasonMalformed},
		"a line break":      {func(t *testing.T) string { return w.good(t) + "\n" }, identity.ReasonMalformed},
		"JSON form":         {func(*testing.T) string { return `{"payload":"e30","signatures":[]}` }, identity.ReasonMalformed},
		"header no JSON":    {func(t *testing.T) string { return b64([]byte("nope")) + "." + rest(w.good(t)) }, identity.ReasonMalformed},
		"payload no object": {func(t *testing.T) string { return w.acme.Sign(t, `["sub"]`) }, identity.ReasonMalformed},
		"payload null":      {func(t *testing.T) string { return w.acme.Sign(t, `null`) }, identity.ReasonMalformed},
		"payload not UTF-8": {func(t *testing.T) string {
			return w.acme.Sign(t, strings.Replace(encode(t, w.acme.Claims(w.clock)), "alice", "al\xffce", 1))
		}, identity.ReasonMalformed},
		"a claim twice": {func(t *testing.T) string {
			return w.acme.Sign(t, strings.Replace(encode(t, w.acme.Claims(w.clock)), "{", `{"sub":"bob",`, 1))
		}, identity.ReasonMalformed},
		"oversized": {w.claimed(func(c object) { c["x"] = strings.Repeat("x", identity.DefaultMaxTokenBytes) }), identity.ReasonTooLarge},
	})
}

func TestOtherAlgorithmsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.requireAllRefused(t, map[string]refusal{
		"algorithm none": {func(t *testing.T) string {
			return forge(t, object{"alg": "none", "kid": "ed", "typ": "JWT"}, w.acme.Claims(w.clock), unsigned)
		}, identity.ReasonAlgorithm},
		"algorithm NoNe":        {w.headed(func(h object) { h["alg"] = "NoNe" }), identity.ReasonAlgorithm},
		"algorithm missing":     {w.headed(func(h object) { delete(h, "alg") }), identity.ReasonAlgorithm},
		"HS256 with public key": {func(t *testing.T) string { return w.hmacWithPublicKey(t, w.acme.ed.Public().(ed25519.PublicKey), "ed") }, identity.ReasonAlgorithm},
		"HS256 with RSA PEM":    {func(t *testing.T) string { return w.hmacWithPublicKey(t, pkix(t, w.acme.rsa.Public()), "rsa") }, identity.ReasonAlgorithm},
		"algorithm of other key": {func(t *testing.T) string {
			return forge(t, object{"alg": "ES256", "kid": "ed", "typ": "JWT"}, w.acme.Claims(w.clock), es256(w.acme.ec))
		}, identity.ReasonSignature},
		"critical extension": {w.headed(func(h object) { h["crit"], h["b64"] = []string{"b64"}, true }), identity.ReasonMalformed},
	})
}

func TestOtherTypesOfTokenAreRefused(t *testing.T) {
	w := newWorld(t)
	w.requireAllRefused(t, map[string]refusal{
		"no typ":         {w.headed(func(h object) { delete(h, "typ") }), identity.ReasonTokenType},
		"a logout token": {w.headed(func(h object) { h["typ"] = "logout+jwt" }), identity.ReasonTokenType},
		"typ of no text": {w.headed(func(h object) { h["typ"] = 7 }), identity.ReasonTokenType},
	})
}

func TestTokensByOtherKeysAreRefused(t *testing.T) {
	w := newWorld(t)
	w.requireAllRefused(t, map[string]refusal{
		"no kid":         {w.headed(func(h object) { delete(h, "kid") }), identity.ReasonUnknownKey},
		"empty kid":      {w.headed(func(h object) { h["kid"] = "" }), identity.ReasonUnknownKey},
		"unknown kid":    {w.headed(func(h object) { h["kid"] = "unheard-of" }), identity.ReasonUnknownKey},
		"kid of another": {w.headed(func(h object) { h["kid"] = w.localKeyID(t) }), identity.ReasonUnknownKey},
		"kid of no text": {w.headed(func(h object) { h["kid"] = []string{"ed"} }), identity.ReasonMalformed},
		"another's key":  {func(t *testing.T) string { return w.globex.Sign(t, w.acme.Claims(w.clock)) }, identity.ReasonSignature},
		"a stranger's": {func(t *testing.T) string {
			return forge(t, header(func(object) {}), w.acme.Claims(w.clock), eddsa(stranger(t)))
		}, identity.ReasonSignature},
		"tampered":        {w.tampered, identity.ReasonSignature},
		"signature gone":  {func(t *testing.T) string { return w.good(t)[:strings.LastIndex(w.good(t), ".")+1] }, identity.ReasonSignature},
		"remote as local": {w.claimed(func(c object) { c["iss"] = w.local.Name() }), identity.ReasonUnknownKey},
		"remote with local's kid": {func(t *testing.T) string {
			claims := w.with(func(c object) { c["iss"], c["aud"] = w.local.Name(), identity.DefaultAudience })
			return forge(t, header(func(h object) { h["kid"] = w.localKeyID(t) }), claims, eddsa(w.acme.ed))
		}, identity.ReasonSignature},
		"one remote as the other": {w.claimed(func(c object) { c["iss"], c["tenant"] = w.globex.URL, "globex" }), identity.ReasonSignature},
	})
}

func TestTokensOfOrForOthersAreRefused(t *testing.T) {
	w := newWorld(t)
	w.requireAllRefused(t, map[string]refusal{
		"no issuer":        {w.claimed(func(c object) { delete(c, "iss") }), identity.ReasonIssuer},
		"wrong issuer":     {w.claimed(func(c object) { c["iss"] = "https://elsewhere.example" }), identity.ReasonIssuer},
		"issuer and slash": {w.claimed(func(c object) { c["iss"] = w.acme.URL + "/" }), identity.ReasonIssuer},
		"issuer a list":    {w.claimed(func(c object) { c["iss"] = []string{w.acme.URL} }), identity.ReasonIssuer},

		"no audience":       {w.claimed(func(c object) { delete(c, "aud") }), identity.ReasonAudience},
		"wrong audience":    {w.claimed(func(c object) { c["aud"] = "https://mail.example" }), identity.ReasonAudience},
		"local's audience":  {w.claimed(func(c object) { c["aud"] = identity.DefaultAudience }), identity.ReasonAudience},
		"several, not this": {w.claimed(func(c object) { c["aud"] = []string{"a", "b"} }), identity.ReasonAudience},
		"audience no text":  {w.claimed(func(c object) { c["aud"] = []any{audience, 7} }), identity.ReasonAudience},
		"audience null":     {w.claimed(func(c object) { c["aud"] = nil }), identity.ReasonAudience},
		"only a prefix":     {w.claimed(func(c object) { c["aud"] = audience + "/" }), identity.ReasonAudience},
	})
}

func TestTokensWithoutSoundDatesAreRefused(t *testing.T) {
	w := newWorld(t)
	at := func(d time.Duration) int64 { return w.clock.Now().Add(d).Unix() }
	w.requireAllRefused(t, map[string]refusal{
		"expired":             {w.claimed(func(c object) { c["iat"], c["exp"] = at(-time.Hour), at(-time.Minute) }), identity.ReasonExpired},
		"expired just now":    {w.claimed(func(c object) { c["iat"], c["exp"] = at(-time.Hour), at(-identity.DefaultLeeway) }), identity.ReasonExpired},
		"no expiry":           {w.claimed(func(c object) { delete(c, "exp") }), identity.ReasonTimes},
		"expiry null":         {w.claimed(func(c object) { c["exp"] = nil }), identity.ReasonTimes},
		"expiry a text":       {w.claimed(func(c object) { c["exp"] = "2099-01-01" }), identity.ReasonTimes},
		"expiry beyond dates": {w.claimed(func(c object) { c["exp"] = 1e300 }), identity.ReasonTimes},
		"expiry negative":     {w.claimed(func(c object) { c["exp"] = -1 }), identity.ReasonTimes},
		"not yet valid":       {w.claimed(func(c object) { c["nbf"] = at(time.Minute) }), identity.ReasonNotYetValid},
		"nbf null":            {w.claimed(func(c object) { c["nbf"] = nil }), identity.ReasonTimes},
		"nbf no date":         {w.claimed(func(c object) { c["nbf"] = "now" }), identity.ReasonTimes},
		"of the future":       {w.claimed(func(c object) { c["iat"] = at(time.Minute) }), identity.ReasonTimes},
		"iat no date":         {w.claimed(func(c object) { c["iat"] = true }), identity.ReasonTimes},
		"expires before iat":  {w.claimed(func(c object) { c["iat"], c["exp"] = at(20*time.Second), at(10*time.Second) }), identity.ReasonTimes},
		"bound to its sender": {w.claimed(func(c object) { c["cnf"] = object{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"} }), identity.ReasonConfirmation},
	})
}

func TestTokensWithoutTenantOrSubjectAreRefused(t *testing.T) {
	w := newWorld(t)
	w.requireAllRefused(t, map[string]refusal{
		"no tenant":           {w.claimed(func(c object) { delete(c, "tenant") }), identity.ReasonTenant},
		"another tenant":      {w.claimed(func(c object) { c["tenant"] = "globex" }), identity.ReasonTenant},
		"no subject":          {w.claimed(func(c object) { delete(c, "sub") }), identity.ReasonSubject},
		"subject only as SUB": {w.claimed(func(c object) { delete(c, "sub"); c["SUB"] = "alice" }), identity.ReasonSubject},
	})
}

// good is a token that is taken; the rows above change one thing of it.
func (w *world) good(t testing.TB) string { return w.acme.Sign(t, w.acme.Claims(w.clock)) }

func (w *world) tampered(t *testing.T) string {
	parts := strings.Split(w.good(t), ".")
	parts[1] = b64([]byte(encode(t, w.with(func(c object) { c["sub"] = "root" }))))
	return strings.Join(parts, ".")
}

func (w *world) hmacWithPublicKey(t *testing.T, public []byte, kid string) string {
	return forge(t, object{"alg": "HS256", "kid": kid, "typ": "JWT"}, w.acme.Claims(w.clock), hs256(public))
}

func (w *world) localKeyID(t testing.TB) string {
	t.Helper()
	return keyIDs(t, w.local.JWKS())[0]
}

func pkix(t *testing.T, public any) []byte {
	der, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	return []byte("-----BEGIN PUBLIC KEY-----\n" + base64.StdEncoding.EncodeToString(der) + "\n-----END PUBLIC KEY-----\n")
}

func stranger(t *testing.T) ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return key
}

func rest(token string) string {
	_, after, _ := strings.Cut(token, ".")
	return after
}

// Without a key id there is nothing to ask the issuer for.
func TestATokenWithoutKeyIDDoesNotReachTheIssuer(t *testing.T) {
	w := newWorld(t)
	token := forge(t, header(func(h object) { delete(h, "kid") }), w.acme.Claims(w.clock), eddsa(w.acme.ed))
	p, err := w.verifier.Verify(t.Context(), token)
	requireRefused(t, p, err, token, identity.ReasonUnknownKey)
	require.Zero(t, w.acme.Asked())
}
