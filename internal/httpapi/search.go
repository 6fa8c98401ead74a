package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// maxSearchBody bounds the body of a search, in bytes: decoding one takes
// several times its size, and any caller with a token may send it. It has room
// for any query and any filter of use.
const maxSearchBody = 2 << 20

type searchRequest struct {
	Query             string          `json:"query"`
	Limit             *int            `json:"limit"`
	Mode              string          `json:"mode"`
	Filter            json.RawMessage `json:"filter"`
	MaxACLAge         string          `json:"max_acl_age"`
	ChunksPerDocument *int            `json:"chunks_per_document"`
	Explain           bool            `json:"explain"`
}

// SearchResponse is the body of an answered search.
type SearchResponse struct {
	Results    []SearchResult     `json:"results"`
	Complete   bool               `json:"complete"`
	Incomplete []retriever.Reason `json:"incomplete_reasons"`
	TookMS     float64            `json:"took_ms"`
	// Explain is there where it was asked for.
	Explain *SearchExplanation `json:"explain,omitempty"`
}

// SearchResult is one passage.
type SearchResult struct {
	Object    eyeshot.Object `json:"object"`
	Chunk     int            `json:"chunk"`
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Heading   string         `json:"heading,omitempty"`
	Text      string         `json:"text"`
	URL       string         `json:"url,omitempty"`
	Source    string         `json:"source"`
	UpdatedAt *time.Time     `json:"updated_at,omitempty"`
	Score     float64        `json:"score"`
	Metadata  map[string]any `json:"metadata"`
}

func (s *server) search(c *gin.Context) {
	var body searchRequest
	if !s.readJSON(c, maxSearchBody, &body) {
		return
	}
	request, err := body.parse()
	if err != nil {
		s.fail(c, err)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.Limits.Search)
	defer cancel()
	// SECURITY: an explanation counts documents that the caller may not read.
	if body.Explain {
		if err := s.Roles.Require(ctx, principalOf(c), "can_audit"); err != nil {
			s.fail(c, err)
			return
		}
	}
	response, err := s.Retriever.Search(ctx, principalOf(c), request)
	if err != nil {
		s.failSearch(c, err)
		return
	}
	answer := NewSearchResponse(response)
	if body.Explain {
		answer.Explain = newSearchExplanation(response.Stats)
	}
	c.JSON(http.StatusOK, answer)
}

func (r searchRequest) parse() (retriever.Request, error) {
	request := retriever.Request{Query: r.Query, Mode: retriever.Mode(r.Mode)}
	if r.Limit != nil {
		request = request.WithLimit(*r.Limit)
	}
	if r.ChunksPerDocument != nil {
		request = request.WithChunksPerDocument(*r.ChunksPerDocument)
	}
	expr, err := filters.ParseExpr(r.Filter)
	if err != nil {
		return request, err
	}
	request.Filter = expr
	if r.MaxACLAge != "" {
		if request.MaxAge, err = time.ParseDuration(r.MaxACLAge); err != nil || request.MaxAge <= 0 {
			return request, eyeshot.Invalid("max_acl_age", r.MaxACLAge, `must be a duration above 0s, such as "5s"`)
		}
	}
	return request, nil
}

// NewSearchResponse renders an answer.
func NewSearchResponse(response *retriever.Response) SearchResponse {
	out := SearchResponse{
		Results: make([]SearchResult, len(response.Results)), Complete: response.Complete,
		Incomplete: response.Reasons, TookMS: milliseconds(response.Took),
	}
	if out.Incomplete == nil {
		out.Incomplete = []retriever.Reason{}
	}
	for i, result := range response.Results {
		out.Results[i] = newSearchResult(result)
	}
	return out
}

func newSearchResult(r retriever.Result) SearchResult {
	object := r.Ref.Object
	return SearchResult{
		Object: object, Chunk: r.Ref.N, Type: object.Type(), Source: object.Source(),
		Title: r.Title, Heading: r.Heading, Text: r.Text, URL: r.URL, Score: r.Score,
		UpdatedAt: timeOrNil(r.UpdatedAt), Metadata: orEmpty(r.Metadata),
	}
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func orEmpty(metadata map[string]any) map[string]any {
	if metadata == nil {
		return map[string]any{}
	}
	return metadata
}

// failSearch is failRead, but for what a search can't find: that is its tenant,
// never a document.
func (s *server) failSearch(c *gin.Context, err error) {
	if errors.Is(err, eyeshot.ErrNotFound) {
		s.problem(c, http.StatusForbidden, "unknown-tenant", "the token's tenant is not set up here")
		return
	}
	s.failRead(c, err)
}
