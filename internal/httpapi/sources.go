package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// Sources keeps the sources that documents come from; see [sources.Manager].
type Sources interface {
	List(ctx context.Context, tenant string) ([]sources.Status, error)
	Add(ctx context.Context, source config.Source) error
	Start(ctx context.Context, tenant, name string, mode sync.Mode) (sources.Record, error)
	Record(ctx context.Context, tenant, id string) (sources.Record, error)
	Probe(ctx context.Context, tenant, name string) ([]connectors.Finding, error)
	Identities(ctx context.Context, tenant, name string) ([]sources.Account, error)
	Held(ctx context.Context, tenant, name string) ([]state.Held, error)
	Approve(ctx context.Context, tenant, name string, objects []eyeshot.Object, by string) error
	Audit(ctx context.Context, tenant, name string, sample int, seed uint64) (sources.Drift, error)
	Hook(ctx context.Context, name string, header http.Header, body []byte) error
}

// maxHook bounds a webhook's delivery, in bytes. Its content is not looked at;
// it is there for its signature.
const maxHook = 4 << 20

func (s *server) sourceRoutes(open gin.IRoutes, signedIn *gin.RouterGroup) {
	if s.Sources == nil {
		return
	}
	// SECURITY: it takes no token. A delivery shows by its signature that it comes
	// from the source, and all that it brings about is a look at the source.
	open.POST("/v1/sources/:name/hook", s.hook)
	admin := signedIn.Group("/v1", s.require("can_administer"))
	admin.GET("/sources", s.listSources)
	admin.POST("/sources", s.addSource)
	admin.POST("/sources/:name/sync", s.startSync)
	admin.GET("/sources/:name/test", s.testSource)
	admin.GET("/sources/:name/identities", s.sourceIdentities)
	admin.GET("/sources/:name/held", s.heldBack)
	admin.POST("/sources/:name/approve", s.approve)
	admin.POST("/sources/:name/audit", s.audit)
	admin.GET("/syncs/:id", s.syncRecord)
}

// SourcesResponse lists sources.
type SourcesResponse struct {
	Sources []sources.Status `json:"sources"`
}

func (s *server) listSources(c *gin.Context) {
	all, err := s.Sources.List(c.Request.Context(), principalOf(c).Tenant)
	if err != nil {
		s.failRead(c, err)
		return
	}
	c.JSON(http.StatusOK, SourcesResponse{Sources: notNil(all)})
}

type syncRequest struct {
	Mode sync.Mode `json:"mode"`
}

func (s *server) startSync(c *gin.Context) {
	body := syncRequest{Mode: sync.Content}
	if !s.readJSON(c, s.Limits.Body, &body) {
		return
	}
	record, err := s.Sources.Start(c.Request.Context(), principalOf(c).Tenant, param(c, "name"), body.Mode)
	if err != nil {
		s.failSource(c, err)
		return
	}
	c.JSON(http.StatusAccepted, record)
}

func (s *server) syncRecord(c *gin.Context) {
	record, err := s.Sources.Record(c.Request.Context(), principalOf(c).Tenant, param(c, "id"))
	if err != nil {
		s.failSource(c, err)
		return
	}
	c.JSON(http.StatusOK, record)
}

// TestResponse says what a source's credentials can and cannot see.
type TestResponse struct {
	Findings []connectors.Finding `json:"findings"`
}

func (s *server) testSource(c *gin.Context) {
	findings, err := s.Sources.Probe(c.Request.Context(), principalOf(c).Tenant, param(c, "name"))
	if err != nil {
		s.failSource(c, err)
		return
	}
	c.JSON(http.StatusOK, TestResponse{Findings: notNil(findings)})
}

// IdentitiesResponse lists the accounts of a source and what they became.
type IdentitiesResponse struct {
	Accounts []sources.Account `json:"accounts"`
}

func (s *server) sourceIdentities(c *gin.Context) {
	accounts, err := s.Sources.Identities(c.Request.Context(), principalOf(c).Tenant, param(c, "name"))
	if err != nil {
		s.failSource(c, err)
		return
	}
	c.JSON(http.StatusOK, IdentitiesResponse{Accounts: notNil(accounts)})
}

// HeldResponse lists what waits for an admin.
type HeldResponse struct {
	Held []state.Held `json:"held"`
}

func (s *server) heldBack(c *gin.Context) {
	held, err := s.Sources.Held(c.Request.Context(), principalOf(c).Tenant, param(c, "name"))
	if err != nil {
		s.failSource(c, err)
		return
	}
	c.JSON(http.StatusOK, HeldResponse{Held: notNil(held)})
}

type approveRequest struct {
	Objects []eyeshot.Object `json:"objects"`
}

func (s *server) approve(c *gin.Context) {
	var body approveRequest
	if !s.readJSON(c, s.Limits.Body, &body) {
		return
	}
	if n := len(body.Objects); n == 0 || n > 1000 {
		s.fail(c, eyeshot.Invalid("objects", fmt.Sprint(n), "must be 1 to 1000 of those that are held back"))
		return
	}
	principal := principalOf(c)
	if err := s.Sources.Approve(c.Request.Context(), principal.Tenant, param(c, "name"), body.Objects, string(principal.Subject)); err != nil {
		s.failSource(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

type auditRequest struct {
	Sample int `json:"sample"`
	Seed   int `json:"seed"`
}

// maxSample bounds the questions of one audit.
const maxSample = 10_000

func (s *server) audit(c *gin.Context) {
	body := auditRequest{Sample: 500}
	if !s.readJSON(c, s.Limits.Body, &body) {
		return
	}
	if body.Sample < 1 || body.Sample > maxSample {
		s.fail(c, eyeshot.Invalid("sample", fmt.Sprint(body.Sample), fmt.Sprintf("must be between 1 and %d", maxSample)))
		return
	}
	drift, err := s.Sources.Audit(c.Request.Context(), principalOf(c).Tenant, param(c, "name"), body.Sample, uint64(body.Seed))
	if err != nil {
		s.failSource(c, err)
		return
	}
	c.JSON(http.StatusOK, drift)
}

// hook takes a webhook's delivery. It says no more than whether it was taken.
func (s *server) hook(c *gin.Context) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, min(maxHook, s.Limits.Body)))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		s.fail(c, err)
		return
	case err != nil:
		s.fail(c, eyeshot.Invalid("body", "", "could not be read to its end"))
		return
	}
	err = s.Sources.Hook(c.Request.Context(), param(c, "name"), c.Request.Header, body)
	if errors.Is(err, eyeshot.ErrUnauthenticated) {
		s.problem(c, http.StatusForbidden, "forbidden", "the delivery is not signed as one of a known source")
		return
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// failSource is fail for sources and syncs, which are no documents; a state that
// does not fit is for operators to mend where nothing was to be changed.
func (s *server) failSource(c *gin.Context, err error) {
	if errors.Is(err, eyeshot.ErrNotFound) {
		s.problem(c, http.StatusNotFound, "not-found", "there is no such source, sync or object held back")
		return
	}
	if c.Request.Method == http.MethodGet {
		s.failRead(c, err)
		return
	}
	s.fail(c, err)
}

// param decodes a part of the path, once.
func param(c *gin.Context, name string) string {
	value, err := url.PathUnescape(c.Param(name))
	if err != nil {
		return ""
	}
	return value
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
