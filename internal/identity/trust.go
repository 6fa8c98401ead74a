package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/eyeshot-dev/eyeshot"
)

// Trust is one issuer whose tokens are taken, and what they may say. The local
// issuer's comes from [Issuer.Trust].
type Trust struct {
	Issuer     string   // the exact "iss" of its tokens
	Audiences  []string // a token's "aud" must hold one of these
	Algorithms []string // "EdDSA", "RS256", …; empty allows all asymmetric ones
	// AllowUntyped takes tokens without a "typ" header as well. Some identity
	// providers set none on access tokens.
	AllowUntyped bool
	Keys         Keys
	Mapping      Mapping

	local bool
}

// trusted is a Trust that has been checked.
type trusted struct {
	Trust
	algorithms []jose.SignatureAlgorithm
}

func (t Trust) check() (trusted, error) {
	algorithms, err := allowedAlgorithms(t.Algorithms)
	switch {
	case t.Issuer == "":
		err = eyeshot.Invalid("issuer", "", "must not be empty")
	case len(t.Audiences) == 0 || slices.Contains(t.Audiences, ""):
		err = eyeshot.Invalid("audiences", "", "must name at least one audience, and none that is empty")
	case t.Keys == nil:
		err = eyeshot.Invalid("keys", "", "must be given")
	case err == nil:
		err = t.Mapping.validate()
	}
	if err != nil {
		return trusted{}, fmt.Errorf("trust issuer %q: %w", t.Issuer, err)
	}
	return trusted{Trust: t, algorithms: algorithms}, nil
}

// verify checks the token's signature with this issuer's keys alone and
// returns its claims.
func (t trusted) verify(ctx context.Context, token *jose.JSONWebSignature) (claims, error) {
	header := token.Signatures[0].Protected
	alg := jose.SignatureAlgorithm(header.Algorithm)
	if !slices.Contains(t.algorithms, alg) {
		return nil, refuse(ReasonAlgorithm, "the issuer's tokens may not be signed with %q", header.Algorithm)
	}
	if err := t.checkType(header); err != nil {
		return nil, err
	}
	if header.KeyID == "" {
		return nil, refuse(ReasonUnknownKey, "the token's header has no \"kid\"")
	}
	keys, err := t.Keys.lookup(ctx, header.KeyID)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if !key.verifies(alg) {
			continue
		}
		if payload, err := token.Verify(key.key); err == nil {
			return parseVerified(payload)
		}
	}
	return nil, refuse(ReasonSignature, "the signature is not by the issuer's key %q", cut(header.KeyID, 80))
}

func parseVerified(payload []byte) (claims, error) {
	c, err := parseClaims(payload)
	if err != nil {
		return nil, refuse(ReasonMalformed, "%v", err)
	}
	return c, nil
}

// checkType takes access tokens (RFC 9068) and plain JWTs.
//
// SECURITY: an issuer's key also signs other things, such as logout tokens;
// their type tells them from tokens (RFC 8725 section 3.11).
func (t trusted) checkType(header jose.Header) error {
	value, present := header.ExtraHeaders[jose.HeaderType]
	typ, _ := value.(string)
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	switch {
	case typ == "jwt" || typ == "at+jwt":
		return nil
	case !present && t.AllowUntyped:
		return nil
	case !present:
		return refuse(ReasonTokenType, "the token's header has no \"typ\"")
	}
	return refuse(ReasonTokenType, "the token's \"typ\" is neither JWT nor at+jwt")
}

// accept checks what verified claims say of issuer and audience, and that the
// token is a bearer token at all.
func (t trusted) accept(c claims) error {
	// SECURITY: the keys were picked by what the token said before it was
	// verified; they must be those of the issuer that it names now.
	if iss, _, err := c.text("iss"); err != nil || iss != t.Issuer {
		return refuse(ReasonIssuer, "the token's issuer is not the one whose key signed it")
	}
	audience, err := c.audience()
	if err != nil {
		return refuse(ReasonAudience, "%v", err)
	}
	// SECURITY: a token for another service would make that service able to
	// act here for everybody who uses it.
	if !slices.ContainsFunc(audience, func(a string) bool { return slices.Contains(t.Audiences, a) }) {
		return refuse(ReasonAudience, "the token is for %s", cut(fmt.Sprintf("%q", audience), 200))
	}
	// SECURITY: a token that is bound to a key of its sender (RFC 7800) is no
	// bearer token; the proof is not checked here, so it could be a stolen one.
	if _, present := c["cnf"]; present {
		return refuse(ReasonConfirmation, "the token is bound to its sender by \"cnf\", which is not supported")
	}
	return nil
}

// checkOverlap refuses two remote issuers that could name the same subject.
//
// SECURITY: otherwise whoever runs one of them could become anybody whom the
// other one vouches for. The local issuer is the operator's own.
func checkOverlap(trusts []trusted) error {
	for i, a := range trusts {
		for _, b := range trusts[:i] {
			if a.Issuer == b.Issuer {
				return fmt.Errorf("trust issuers: %w", eyeshot.Invalid("issuer", a.Issuer, "is given twice"))
			}
			if !a.local && !b.local && a.Mapping.overlaps(b.Mapping) {
				return fmt.Errorf("trust issuers %q and %q: %w", b.Issuer, a.Issuer, errOverlap())
			}
		}
	}
	return nil
}

func errOverlap() error {
	return errors.Join(eyeshot.ErrInvalid, errors.New(
		"both can name the same subject of one tenant: give them different tenants, "+
			"different principal types, or subject prefixes of which none starts with the other"))
}

func (m Mapping) overlaps(other Mapping) bool {
	return shareTenant(m.speaksFor(), other.speaksFor()) &&
		(m.PrincipalType == "" || other.PrincipalType == "" || m.PrincipalType == other.PrincipalType) &&
		(strings.HasPrefix(m.SubjectPrefix, other.SubjectPrefix) || strings.HasPrefix(other.SubjectPrefix, m.SubjectPrefix))
}

// shareTenant takes an empty list for all tenants.
func shareTenant(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 ||
		slices.ContainsFunc(a, func(tenant string) bool { return slices.Contains(b, tenant) })
}
