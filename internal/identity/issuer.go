package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/eyeshot-dev/eyeshot"
)

// Defaults of a [LocalConfig].
const (
	DefaultIssuer   = "eyeshot"
	DefaultAudience = "eyeshot"
	DefaultTTL      = time.Hour
	DefaultMaxTTL   = 24 * time.Hour
)

// LocalConfig of [OpenIssuer]. What is zero means its default.
type LocalConfig struct {
	Dir      string // the data directory; the key is Dir/issuer.jwk
	Issuer   string
	Audience string
	TTL      time.Duration // of a token whose request says none
	MaxTTL   time.Duration
	Clock    func() time.Time // nil means time.Now
}

// Issuer mints tokens with a key of its own and gives the verifier what it
// takes to accept them without any network. It is safe for concurrent use.
type Issuer struct {
	cfg    LocalConfig
	clock  func() time.Time
	public publicKey
	jwks   []byte
	signer jose.Signer
}

// Request says what a token is to stand for. Names are plain ("alice"), not
// objects ("user:alice").
type Request struct {
	Tenant  string
	Subject string
	Type    string        // "user", which "" means, or "service_account"
	Actor   string        // the agent that acts for the subject, or ""
	Task    string        // the run that narrows it, or ""
	TTL     time.Duration // 0 means the issuer's default
}

// OpenIssuer reads the issuer's key from the data directory, or creates it. It
// fails with [eyeshot.ErrConflict] on a key file that others can read or that
// holds no key of this kind.
func OpenIssuer(cfg LocalConfig) (*Issuer, error) {
	cfg.Issuer = orDefault(cfg.Issuer, DefaultIssuer)
	cfg.Audience = orDefault(cfg.Audience, DefaultAudience)
	if cfg.MaxTTL <= 0 {
		cfg.MaxTTL = DefaultMaxTTL
	}
	if cfg.TTL <= 0 {
		cfg.TTL = min(DefaultTTL, cfg.MaxTTL)
	}
	if cfg.TTL > cfg.MaxTTL {
		return nil, eyeshot.Invalid("ttl", cfg.TTL.String(), "must be at most max_ttl, "+cfg.MaxTTL.String())
	}
	jwk, err := loadOrCreateKey(cfg.Dir)
	if err != nil {
		return nil, err
	}
	public := jwk.Public()
	jwks, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
	if err != nil {
		return nil, fmt.Errorf("encode the issuer's JWK set: %w", err)
	}
	// An access token as RFC 9068 has it: its type keeps it apart from
	// anything else that this key may come to sign.
	options := (&jose.SignerOptions{}).WithType("at+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: jwk}, options)
	if err != nil {
		return nil, fmt.Errorf("use the issuer's key: %w", err)
	}
	return &Issuer{
		cfg:    cfg,
		clock:  clockOf(cfg.Clock),
		public: publicKey{id: jwk.KeyID, alg: jose.EdDSA, key: public.Key.(ed25519.PublicKey)},
		jwks:   jwks,
		signer: signer,
	}, nil
}

// Mint signs a token. It fails with an [eyeshot.InvalidError] that names what
// is wrong with the request; what it mints, [Verifier.Verify] takes.
func (i *Issuer) Mint(ctx context.Context, r Request) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("mint a token: %w", err)
	}
	ttl, err := i.ttl(r.TTL)
	if err != nil {
		return "", err
	}
	r.Type = orDefault(r.Type, eyeshot.TypeUser)
	n := names{tenant: r.Tenant, typ: r.Type, subject: r.Subject, actor: r.Actor, task: r.Task}
	if _, err := n.principal(); err != nil {
		return "", err
	}
	token, err := jwt.Signed(i.signer).Claims(i.claims(r, ttl)).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return token, nil
}

func (i *Issuer) ttl(asked time.Duration) (time.Duration, error) {
	switch {
	case asked == 0:
		return i.cfg.TTL, nil
	case asked < time.Second || asked > i.cfg.MaxTTL:
		return 0, eyeshot.Invalid("ttl", asked.String(), "must be between 1s and "+i.cfg.MaxTTL.String())
	}
	return asked, nil
}

func (i *Issuer) claims(r Request, ttl time.Duration) map[string]any {
	now := i.clock()
	c := map[string]any{
		"iss":              i.cfg.Issuer,
		"aud":              i.cfg.Audience,
		"client_id":        i.cfg.Issuer,
		"iat":              now.Unix(),
		"exp":              now.Add(ttl).Unix(),
		"jti":              rand.Text(),
		claimSubject:       r.Subject,
		claimTenant:        r.Tenant,
		claimPrincipalType: r.Type,
	}
	if r.Actor != "" {
		c[claimActor] = map[string]any{claimSubject: r.Actor}
	}
	if r.Task != "" {
		c[claimTask] = r.Task
	}
	return c
}

// JWKS returns the JWK set to serve at /.well-known/jwks.json. The caller must
// not change it.
func (i *Issuer) JWKS() []byte { return i.jwks }

// Name returns the "iss" of the issuer's tokens.
func (i *Issuer) Name() string { return i.cfg.Issuer }

// Trust lets a verifier take this issuer's tokens.
func (i *Issuer) Trust() Trust {
	return Trust{
		Issuer:     i.cfg.Issuer,
		Audiences:  []string{i.cfg.Audience},
		Algorithms: []string{string(jose.EdDSA)},
		Keys:       i,
		local:      true,
	}
}

func (i *Issuer) lookup(_ context.Context, kid string) ([]publicKey, error) {
	if kid != i.public.id {
		return nil, refuse(ReasonUnknownKey, "the local issuer has no key %q", cut(kid, 80))
	}
	return []publicKey{i.public}, nil
}

func (i *Issuer) ready(context.Context) error { return nil }

// Principal is who a token of the request stands for, or an
// [eyeshot.InvalidError] that names what is wrong with the request.
func (r Request) Principal() (eyeshot.Principal, error) {
	r.Type = orDefault(r.Type, eyeshot.TypeUser)
	return names{tenant: r.Tenant, typ: r.Type, subject: r.Subject, actor: r.Actor, task: r.Task}.principal()
}
