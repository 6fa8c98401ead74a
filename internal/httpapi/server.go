// Package httpapi is the HTTP surface: it turns requests into calls of the
// retriever and the indexer, and their answers and errors into JSON and problem
// documents (RFC 9457). It decides nothing about permissions: every document
// that it returns came through the gate.
package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// Verifier turns a bearer token into a principal, or fails with
// [eyeshot.ErrUnauthenticated], or with [eyeshot.ErrUnavailable] where the
// issuer's keys can't be had.
type Verifier interface {
	Verify(ctx context.Context, token string) (eyeshot.Principal, error)
}

// Retriever finds and reads documents for a principal.
type Retriever interface {
	Search(ctx context.Context, principal eyeshot.Principal, request retriever.Request) (*retriever.Response, error)
	Document(ctx context.Context, principal eyeshot.Principal, object eyeshot.Object) (store.Record, error)
}

// Indexer changes what a tenant holds.
type Indexer interface {
	UpsertItems(ctx context.Context, tenant, source string, items []connectors.Item) (indexer.Report, error)
	Delete(ctx context.Context, tenant, source string, objects []eyeshot.Object) error
}

// Roles says whether a principal has a relation to its own tenant, such as
// can_ingest; it fails with [eyeshot.ErrForbidden] where it has not.
type Roles interface {
	Require(ctx context.Context, principal eyeshot.Principal, relation string) error
}

// Observer is told of requests.
type Observer interface {
	Request(route, method string, status int, took time.Duration)
	Unauthenticated(reason string)
}

// Config is what a server is made of. What may be nil says so; the rest, but
// for the limits, is required.
type Config struct {
	Verifier   Verifier
	Retriever  Retriever
	Indexer    Indexer
	Roles      Roles
	Sources    Sources                     // nil: no routes of sources
	AddSources bool                        // a tenant's admins may add sources over HTTP
	Ready      func(context.Context) error // nil error: every part answers
	Logger     *slog.Logger
	Observer   Observer
	Metrics    http.Handler // nil: no /metrics
	// MetricsToken is the bearer token that /metrics takes; "" for none, where
	// nobody but operators reaches the server.
	MetricsToken string
	JWKS         []byte        // nil: no local issuer
	Issuers      []string      // for the protected-resource metadata
	PublicURL    func() string // where clients reach the server, without a trailing slash
	Version      string
	Limits       Limits
}

// Limits bound what one request may cost. Zero fields take the defaults.
type Limits struct {
	Body      int64         // bytes; default 16 MiB
	Documents int           // in one upsert; default 500
	Request   time.Duration // default 30 s
	Search    time.Duration // default 10 s
}

func (l Limits) withDefaults() Limits {
	if l.Body == 0 {
		l.Body = 16 << 20
	}
	if l.Documents == 0 {
		l.Documents = 500
	}
	if l.Request == 0 {
		l.Request = 30 * time.Second
	}
	if l.Search == 0 {
		l.Search = 10 * time.Second
	}
	return l
}

type server struct{ Config }

// New builds the handler.
func New(config Config) (http.Handler, error) {
	if config.Verifier == nil || config.Retriever == nil || config.Indexer == nil || config.Roles == nil || config.Ready == nil || config.Logger == nil || config.Observer == nil || config.PublicURL == nil {
		return nil, errors.New("httpapi: verifier, retriever, indexer, roles, ready, logger, observer and public URL are required")
	}
	config.Limits = config.Limits.withDefaults()
	s := &server{config}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.UseEscapedPath = true // what a path decodes to is for objectOf to say, and only once
	engine.UnescapePathValues = false
	engine.Use(s.requestID, s.observe, s.recoverPanic, s.limit)
	engine.NoRoute(s.noSuchPath)
	engine.NoMethod(func(c *gin.Context) {
		s.problem(c, http.StatusMethodNotAllowed, "method-not-allowed", "this path does not take "+c.Request.Method)
	})
	s.routes(engine)
	return engine, nil
}

func (s *server) routes(engine *gin.Engine) {
	engine.GET("/healthz", s.health)
	engine.GET("/readyz", s.ready)
	engine.GET("/openapi.json", s.openAPI)
	engine.GET("/.well-known/oauth-protected-resource", s.protectedResource)
	if s.JWKS != nil {
		engine.GET("/.well-known/jwks.json", s.jwks)
	}
	if s.Metrics != nil {
		engine.GET("/metrics", s.operator, gin.WrapH(s.Metrics))
	}
	// SECURITY: every route below names documents or changes them, and runs only
	// for a verified principal.
	signedIn := engine.Group("", s.authenticate)
	signedIn.POST("/search", s.search)
	signedIn.POST("/v1/search", s.search)
	signedIn.GET("/v1/documents/*object", s.document)
	signedIn.POST("/v1/documents", s.require("can_ingest"), s.upsert)
	signedIn.DELETE("/v1/documents/*object", s.require("can_ingest"), s.delete)
	s.sourceRoutes(engine, signedIn)
}
