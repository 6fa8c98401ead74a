package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// OpenIssuer opens the local issuer, making its key where there is none. It
// needs the data directory, but not for itself alone: tokens can be minted
// while a server runs.
func OpenIssuer(cfg config.Config) (*identity.Issuer, error) {
	return identity.OpenIssuer(identity.LocalConfig{Dir: cfg.DataDir, Audience: cfg.Tokens.Audience, TTL: cfg.Tokens.TTL})
}

// openHTTP builds the verifier and the handler.
func (a *App) openHTTP(context.Context) error {
	verifier, issuers, err := a.newVerifier()
	if err != nil {
		return err
	}
	settings := httpapi.Config{
		Verifier: verifier, Retriever: a.Retriever, Indexer: a.Indexer, Roles: a, Ready: a.Ready,
		Sources: a.Sources, AddSources: a.Config.HTTP.AddSources,
		Logger: a.logger, Issuers: issuers, PublicURL: a.publicURL, Version: a.options.Version,
		Limits: httpapi.Limits{
			Body: a.Config.HTTP.MaxBodyBytes, Documents: a.Config.HTTP.MaxDocuments,
			Request: a.Config.HTTP.RequestTimeout, Search: a.Config.Search.Timeout,
		},
		Observer: a.Metrics,
	}
	if err := a.serveMetrics(&settings); err != nil {
		return err
	}
	if a.Issuer != nil {
		settings.JWKS = a.Issuer.JWKS()
	}
	a.handler, err = httpapi.New(settings)
	return err
}

// serveMetrics decides who may read the metrics.
//
// SECURITY: they name tenants and count documents that the gate denied, which is
// for operators. Who reaches a loopback address is on this machine; elsewhere it
// takes a token, and without one there are no metrics.
func (a *App) serveMetrics(settings *httpapi.Config) error {
	cfg := a.Config.HTTP
	if !cfg.Metrics {
		return nil
	}
	if cfg.MetricsTokenEnv != "" {
		if settings.MetricsToken = os.Getenv(cfg.MetricsTokenEnv); settings.MetricsToken == "" {
			return eyeshot.Invalid("http.metrics_token_env", cfg.MetricsTokenEnv, "must name an environment variable that holds a token")
		}
	} else if !isLoopback(cfg.Listen) {
		a.logger.Warn("/metrics is not served: the address is not a loopback one; set http.metrics_token_env", "listen", cfg.Listen)
		return nil
	}
	settings.Metrics = a.Metrics.Handler()
	return nil
}

// isLoopback says whether only this machine reaches an address.
func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (a *App) newVerifier() (*identity.Verifier, []string, error) {
	var trusts []identity.Trust
	var names []string
	if a.Config.Tokens.Local {
		issuer, err := OpenIssuer(a.Config)
		if err != nil {
			return nil, nil, err
		}
		a.Issuer = issuer
		trusts, names = append(trusts, issuer.Trust()), append(names, issuer.Name())
	}
	for _, remote := range a.Config.Tokens.Issuers {
		trust, err := trustOf(remote, a.Config.Tokens.Audience, a.logger)
		if err != nil {
			return nil, nil, err
		}
		trusts, names = append(trusts, trust), append(names, remote.URL)
	}
	leeway := a.Config.Tokens.Leeway
	if leeway == 0 {
		leeway = -1 // identity takes 0 as its default
	}
	verifier, err := identity.NewVerifier(identity.Config{Issuers: trusts, Leeway: leeway})
	return verifier, names, err
}

func trustOf(remote config.Issuer, audience string, logger *slog.Logger) (identity.Trust, error) {
	keys, err := identity.NewRemoteKeys(identity.RemoteConfig{Issuer: remote.URL, JWKSURL: remote.JWKSURL, Logger: logger})
	if remote.Audience != "" {
		audience = remote.Audience
	}
	return identity.Trust{
		Issuer: remote.URL, Audiences: []string{audience}, Algorithms: remote.Algorithms, AllowUntyped: remote.AllowUntyped, Keys: keys,
		Mapping: identity.Mapping{
			Tenant: remote.Tenant, TenantClaim: remote.TenantClaim, Tenants: remote.Tenants, SubjectClaim: remote.SubjectClaim,
			SubjectPrefix: remote.SubjectPrefix, PrincipalType: remote.PrincipalType, MaxActors: remote.MaxActors,
		},
	}, err
}

// Require fails unless the principal has the relation to its tenant.
func (a *App) Require(ctx context.Context, principal eyeshot.Principal, relation string) error {
	tenant, err := a.Tenants.Tenant(ctx, principal.Tenant)
	if errors.Is(err, eyeshot.ErrNotFound) {
		return eyeshot.ErrForbidden
	}
	if err != nil {
		return err
	}
	return tenant.Require(ctx, principal, relation)
}

// Ready says whether OpenFGA and the store answer.
func (a *App) Ready(ctx context.Context) error {
	if err := a.Tenants.Ready(ctx); err != nil {
		return fmt.Errorf("OpenFGA: %w", err)
	}
	if _, err := a.Store.Stats(ctx, "ready"); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// Serve listens and serves until ctx ends; then it takes no new requests and
// finishes those in flight, for at most http.shutdown_timeout. listening, which
// may be nil, is told the URL once connections are taken. An index of another
// embedding model, and an address in use, are [eyeshot.ErrConflict].
func (a *App) Serve(ctx context.Context, listening func(url string)) error {
	if err := a.checkModels(ctx); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.HTTP.Listen)
	if err != nil {
		return fmt.Errorf("%w: listening on %s: %w; choose another address with --listen", eyeshot.ErrConflict, a.Config.HTTP.Listen, err)
	}
	url := urlOf(listener.Addr())
	if err := a.dir.announce(url); err != nil {
		return errors.Join(err, listener.Close())
	}
	a.listening.Store(&url)
	server := &http.Server{
		Handler: a.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ReadTimeout: a.Config.HTTP.RequestTimeout, WriteTimeout: a.Config.HTTP.RequestTimeout + 5*time.Second,
		ErrorLog: slog.NewLogLogger(a.logger.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	background, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { a.warm(background); a.Sources.Run(background); close(ended) }()
	defer func() { stop(); <-ended }()
	if listening != nil {
		listening(url)
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	return a.shutdown(server, served)
}

// warm opens the tenants that are set up, so that the first search of each need
// not wait for its permission index. What fails is tried again by that search.
func (a *App) warm(ctx context.Context) {
	names, err := a.Tenants.Names(ctx)
	for _, name := range names {
		if err == nil && ctx.Err() == nil {
			_, err = a.Tenants.Tenant(ctx, name)
		}
	}
	if err != nil && ctx.Err() == nil {
		a.logger.Warn("opening the tenants ahead of their first search", "error", err)
	}
}

func (a *App) shutdown(server *http.Server, served <-chan error) error {
	a.logger.Info("shutting down: finishing the requests in flight")
	ctx, cancel := context.WithTimeout(context.Background(), a.Config.HTTP.ShutdownTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were still in flight after %s", a.Config.HTTP.ShutdownTimeout), server.Close())
	}
	<-served
	return err
}

// publicURL is where clients reach the server: what the configuration says, or
// the address that is listened on, which is known late where the port is 0.
func (a *App) publicURL() string {
	if configured := a.Config.HTTP.PublicURL; configured != "" {
		return strings.TrimRight(configured, "/")
	}
	if url := a.listening.Load(); url != nil {
		return *url
	}
	return "http://" + a.Config.HTTP.Listen
}

// urlOf names an address as a client on this machine reaches it.
func urlOf(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
	return "http://" + address.String()
}
