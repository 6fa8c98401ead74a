package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/eyeshot-dev/eyeshot"
)

// Defaults and limits of a [Verifier].
const (
	DefaultLeeway        = 30 * time.Second
	MaxLeeway            = 5 * time.Minute
	DefaultMaxTokenBytes = 16 << 10
)

// Config of [NewVerifier].
type Config struct {
	Issuers []Trust
	// Leeway is how far the clocks of issuer and verifier may be apart: 0
	// means DefaultLeeway, a negative one none at all.
	Leeway time.Duration
	// MaxTokenBytes bounds a token's length; 0 means DefaultMaxTokenBytes.
	MaxTokenBytes int
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

// Verifier turns bearer tokens into principals. It is safe for concurrent use.
type Verifier struct {
	issuers  map[string]trusted
	leeway   time.Duration
	maxBytes int
	clock    func() time.Time
}

// NewVerifier checks the configuration; it calls no issuer.
func NewVerifier(cfg Config) (*Verifier, error) {
	if len(cfg.Issuers) == 0 {
		return nil, eyeshot.Invalid("issuers", "", "must name at least one issuer")
	}
	if cfg.Leeway > MaxLeeway {
		return nil, eyeshot.Invalid("leeway", cfg.Leeway.String(), "must be at most "+MaxLeeway.String())
	}
	v := &Verifier{
		issuers:  make(map[string]trusted, len(cfg.Issuers)),
		leeway:   leewayOf(cfg.Leeway),
		maxBytes: cfg.MaxTokenBytes,
		clock:    clockOf(cfg.Clock),
	}
	if v.maxBytes <= 0 {
		v.maxBytes = DefaultMaxTokenBytes
	}
	var all []trusted
	for _, trust := range cfg.Issuers {
		checked, err := trust.check()
		if err != nil {
			return nil, err
		}
		all = append(all, checked)
		v.issuers[checked.Issuer] = checked
	}
	if err := checkOverlap(all); err != nil {
		return nil, err
	}
	return v, nil
}

func leewayOf(configured time.Duration) time.Duration {
	if configured == 0 {
		return DefaultLeeway
	}
	return max(configured, 0)
}

func clockOf(clock func() time.Time) func() time.Time {
	if clock == nil {
		return time.Now
	}
	return clock
}

// Verify returns the principal that a token stands for. Every error is a
// [Failure]; with one the principal is zero.
func (v *Verifier) Verify(ctx context.Context, bearer string) (eyeshot.Principal, error) {
	token, err := v.parse(bearer)
	if err != nil {
		return eyeshot.Principal{}, err
	}
	issuer, err := v.issuerOf(token)
	if err != nil {
		return eyeshot.Principal{}, err
	}
	c, err := issuer.verify(ctx, token)
	if err != nil {
		return eyeshot.Principal{}, err
	}
	if err := issuer.accept(c); err != nil {
		return eyeshot.Principal{}, err
	}
	if err := checkTimes(c, v.clock(), v.leeway); err != nil {
		return eyeshot.Principal{}, err
	}
	p, err := issuer.Mapping.principal(c, issuer.Issuer)
	if err != nil {
		return eyeshot.Principal{}, err
	}
	if err := p.Validate(); err != nil {
		return eyeshot.Principal{}, refuse(ReasonMalformed, "%v", err)
	}
	return p, nil
}

// Ready fails, naming the issuers, where tokens of an issuer cannot be
// verified at the moment because its keys cannot be had.
func (v *Verifier) Ready(ctx context.Context) error {
	var errs []error
	for name, issuer := range v.issuers {
		if err := issuer.Keys.ready(ctx); err != nil {
			errs = append(errs, fmt.Errorf("issuer %q: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// parse reads a compact JWS and verifies nothing yet.
func (v *Verifier) parse(bearer string) (*jose.JSONWebSignature, error) {
	switch {
	case bearer == "":
		return nil, refuse(ReasonNoToken, "the token is empty")
	case len(bearer) > v.maxBytes:
		return nil, refuse(ReasonTooLarge, "the token is %d bytes long, at most %d are taken", len(bearer), v.maxBytes)
	case strings.ContainsFunc(bearer, func(r rune) bool { return r != '.' && !isBase64URL(r) }):
		return nil, refuse(ReasonMalformed, "the token is not in base64url and dots alone")
	}
	token, err := jose.ParseSignedCompact(bearer, signatureAlgorithms())
	var algorithm *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &algorithm):
		return nil, refuse(ReasonAlgorithm, "the token is signed with %q", cut(string(algorithm.Got), 40))
	case err != nil:
		// The library's text quotes what it could not read: it stays here.
		return nil, refuse(ReasonMalformed, "the token is not a JWS in compact form")
	}
	// SECURITY: an extension that the token calls critical changes how it is to
	// be read, and none is known here (RFC 7515 section 4.1.11).
	if _, present := token.Signatures[0].Protected.ExtraHeaders["crit"]; present {
		return nil, refuse(ReasonMalformed, "the token's header has \"crit\"")
	}
	return token, nil
}

// issuerOf picks whose keys the token has to be verified with.
func (v *Verifier) issuerOf(token *jose.JSONWebSignature) (trusted, error) {
	unverified, err := parseVerified(token.UnsafePayloadWithoutVerification())
	if err != nil {
		return trusted{}, err
	}
	iss, _, err := unverified.text("iss")
	if err != nil {
		return trusted{}, refuse(ReasonIssuer, "%v", err)
	}
	issuer, known := v.issuers[iss]
	if !known {
		return trusted{}, refuse(ReasonIssuer, "the issuer %q is not trusted", cut(iss, 80))
	}
	return issuer, nil
}
