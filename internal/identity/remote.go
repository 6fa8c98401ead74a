package identity

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Defaults of a [RemoteConfig].
const (
	DefaultKeysTimeout  = 5 * time.Second
	DefaultRefreshAfter = 15 * time.Minute
	DefaultMaxStale     = time.Hour
	DefaultMinInterval  = 10 * time.Second
)

// RemoteConfig says where the keys of a remote issuer come from and how long
// they may be kept. A duration of 0 means its default.
type RemoteConfig struct {
	Issuer string
	// JWKSURL is where the JWK set is; where empty, OpenID Connect discovery
	// at Issuer says.
	JWKSURL string
	// Transport reaches the issuer; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout bounds one refresh, discovery included.
	Timeout time.Duration
	// RefreshAfter is the age from which keys are fetched again when they are
	// asked for.
	RefreshAfter time.Duration
	// MaxStale is the age from which keys no longer count, when refreshing
	// them keeps failing. It bounds for how long a key that its issuer has
	// taken back can still be used.
	MaxStale time.Duration
	// MinInterval is the least time between two refreshes, whatever asks for
	// them.
	MinInterval time.Duration
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// Logger is told of refreshes that fail; nil is told nothing.
	Logger *slog.Logger
}

// RemoteKeys keeps a remote issuer's keys. It starts no goroutine: whoever
// finds them old refreshes them, one at a time.
type RemoteKeys struct {
	cfg     RemoteConfig
	fetcher fetcher
	clock   func() time.Time
	current atomic.Pointer[keySet]
	flight  chan struct{} // holds one token: whoever has it may refresh
}

// keySet is what is known of an issuer's keys at a moment. It is immutable.
type keySet struct {
	keys      []publicKey
	fetched   time.Time // of keys; zero before the first success
	attempted time.Time // of the last refresh
	failure   string    // of the last refresh; empty where it succeeded
}

// NewRemoteKeys checks the configuration; it calls no issuer.
func NewRemoteKeys(cfg RemoteConfig) (*RemoteKeys, error) {
	field, address := "jwks_url", cfg.JWKSURL
	if address == "" {
		field, address = "issuer", cfg.Issuer
	}
	if err := checkKeysURL(field, address); err != nil {
		return nil, err
	}
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{
		{&cfg.Timeout, DefaultKeysTimeout},
		{&cfg.RefreshAfter, DefaultRefreshAfter},
		{&cfg.MaxStale, DefaultMaxStale},
		{&cfg.MinInterval, DefaultMinInterval},
	} {
		if *d.value <= 0 {
			*d.value = d.otherwise
		}
	}
	if cfg.MaxStale < cfg.RefreshAfter {
		return nil, eyeshot.Invalid("max_stale", cfg.MaxStale.String(), "must not be less than refresh_after, "+cfg.RefreshAfter.String())
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	r := &RemoteKeys{cfg: cfg, fetcher: newFetcher(cfg), clock: clockOf(cfg.Clock), flight: make(chan struct{}, 1)}
	r.current.Store(&keySet{})
	return r, nil
}

// lookup answers from the keys it has where they are fresh; refreshes them,
// without making others wait, where they are old; and waits for a refresh
// where the key is not among them.
func (r *RemoteKeys) lookup(ctx context.Context, kid string) ([]publicKey, error) {
	set := r.current.Load()
	found := withID(set.keys, kid)
	usable := len(found) > 0 && r.check(set) == nil
	if usable && set.age(r.clock()) < r.cfg.RefreshAfter {
		return found, nil
	}
	if err := r.refresh(ctx, !usable); err != nil {
		return nil, err
	}
	return r.answer(kid)
}

// answer says what the keys of this moment say of a key id.
func (r *RemoteKeys) answer(kid string) ([]publicKey, error) {
	set := r.current.Load()
	if err := r.check(set); err != nil {
		return nil, err
	}
	if found := withID(set.keys, kid); len(found) > 0 {
		return found, nil
	}
	if set.failure != "" {
		return nil, refuse(ReasonKeysUnavailable, "the key %q is not known, and looking for it failed: %s", cut(kid, 80), set.failure)
	}
	return nil, refuse(ReasonUnknownKey, "the issuer has no key %q", cut(kid, 80))
}

// check fails where the keys cannot be used, or no longer.
//
// SECURITY: keys are not used for ever while their issuer is out of reach; it
// may have taken them back.
func (r *RemoteKeys) check(set *keySet) error {
	if set.fetched.IsZero() || set.age(r.clock()) >= r.cfg.MaxStale {
		return refuse(ReasonKeysUnavailable, "%s", set.failure)
	}
	return nil
}

// refresh fetches the keys unless that was done a moment ago or, where wait is
// false, is being done by somebody else. How it went is in current.
func (r *RemoteKeys) refresh(ctx context.Context, wait bool) error {
	select {
	case r.flight <- struct{}{}:
	default:
		if !wait {
			return nil
		}
		select {
		case r.flight <- struct{}{}:
		case <-ctx.Done():
			return refuse(ReasonKeysUnavailable, "waiting for the issuer's keys: %v", ctx.Err())
		}
	}
	defer func() { <-r.flight }()

	set := r.current.Load()
	// SECURITY: tokens with made-up key ids must not turn into requests to the
	// issuer, nor requests into load on one that is down.
	if !set.attempted.IsZero() && r.clock().Sub(set.attempted) < r.cfg.MinInterval {
		return nil
	}
	r.current.Store(r.attempt(ctx, set))
	return nil
}

// attempt fetches once. A caller that goes away does not end it: else callers
// that leave at once could keep the keys from ever being refreshed.
func (r *RemoteKeys) attempt(ctx context.Context, before *keySet) *keySet {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.Timeout)
	defer cancel()
	started := r.clock()
	keys, err := r.fetcher.fetch(ctx)
	if err != nil {
		failure := cut(err.Error(), 200)
		r.cfg.Logger.WarnContext(ctx, "an issuer's keys could not be refreshed",
			"issuer", r.cfg.Issuer, "error", failure, "keys", len(before.keys), "keys_from", before.fetched)
		return &keySet{keys: before.keys, fetched: before.fetched, attempted: r.clock(), failure: failure}
	}
	return &keySet{keys: keys, fetched: started, attempted: r.clock()}
}

// ready refreshes keys that are old and fails where none can be used.
func (r *RemoteKeys) ready(ctx context.Context) error {
	set := r.current.Load()
	unusable := r.check(set) != nil
	if unusable || set.age(r.clock()) >= r.cfg.RefreshAfter {
		if err := r.refresh(ctx, unusable); err != nil {
			return err
		}
	}
	return r.check(r.current.Load())
}

func (s *keySet) age(now time.Time) time.Duration { return now.Sub(s.fetched) }
