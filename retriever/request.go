package retriever

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Limits of a request.
const (
	MaxQueryBytes        = 8 << 10
	MaxLimit             = 100
	DefaultLimit         = 10
	MaxChunksPerDocument = 20
	MaxACLAge            = time.Hour
)

// Mode says which lists a search ranks by.
type Mode string

// The modes. Hybrid is the default.
const (
	Hybrid   Mode = "hybrid"
	Semantic Mode = "semantic"
	Keyword  Mode = "keyword"
)

// Request is one search. Only Query is required.
type Request struct {
	Query              string
	Limit              int // results, 1 to [MaxLimit]; default [DefaultLimit]
	Mode               Mode
	Filter             store.Expr
	MaxAge             time.Duration // how old the permission index may be; 0: any age
	ChunksPerDocument  int           // at most so many passages of one document; default 1
	limitSet, chunkSet bool
}

// WithLimit returns the request with a limit that the caller gave, so that 0 is
// an error and not the default.
func (r Request) WithLimit(limit int) Request {
	r.Limit, r.limitSet = limit, true
	return r
}

// WithChunksPerDocument is WithLimit for ChunksPerDocument.
func (r Request) WithChunksPerDocument(n int) Request {
	r.ChunksPerDocument, r.chunkSet = n, true
	return r
}

// normalize fills in defaults and refuses what is out of bounds.
func (r Request) normalize() (Request, error) {
	if r.Limit == 0 && !r.limitSet {
		r.Limit = DefaultLimit
	}
	if r.ChunksPerDocument == 0 && !r.chunkSet {
		r.ChunksPerDocument = 1
	}
	if r.Mode == "" {
		r.Mode = Hybrid
	}
	return r, r.validate()
}

// validate never repeats the query in an error: it could end up in a log.
func (r Request) validate() error {
	switch {
	case len(r.Query) > MaxQueryBytes:
		return eyeshot.Invalid("query", "", fmt.Sprintf("is %d bytes long, at most %d are allowed", len(r.Query), MaxQueryBytes))
	case !utf8.ValidString(r.Query):
		return eyeshot.Invalid("query", "", "must be valid UTF-8")
	case strings.TrimSpace(r.Query) == "":
		return eyeshot.Invalid("query", "", "must not be empty")
	case r.Limit < 1 || r.Limit > MaxLimit:
		return eyeshot.Invalid("limit", fmt.Sprint(r.Limit), fmt.Sprintf("must be between 1 and %d", MaxLimit))
	case r.ChunksPerDocument < 1 || r.ChunksPerDocument > MaxChunksPerDocument:
		return eyeshot.Invalid("chunks_per_document", fmt.Sprint(r.ChunksPerDocument), fmt.Sprintf("must be between 1 and %d", MaxChunksPerDocument))
	case r.Mode != Hybrid && r.Mode != Semantic && r.Mode != Keyword:
		return eyeshot.Invalid("mode", string(r.Mode), "must be hybrid, semantic or keyword")
	case r.MaxAge < 0 || r.MaxAge > MaxACLAge:
		return eyeshot.Invalid("max_acl_age", r.MaxAge.String(), "must be between 0s and 1h")
	}
	return nil
}

// Reason says why an answer may lack results that the principal could read.
type Reason string

// The reasons.
const (
	// ReasonCheckFailed: OpenFGA could not answer for some candidates.
	ReasonCheckFailed Reason = "check_failed"
	// ReasonBudget: the budget of checks or of time ended the search.
	ReasonBudget Reason = "budget_exhausted"
	// ReasonStale: the permission index is older than max_acl_age allows, or lacks
	// what it once had and has to read anew.
	ReasonStale Reason = "acl_stale"
	// ReasonStore: the store failed after some results had been found.
	ReasonStore Reason = "store_failed"
	// ReasonGone: a passage was removed between finding and reading it, or its
	// document changed more than once.
	ReasonGone Reason = "content_changed"
)

// Response is the answer to a search. Complete is true when no document that
// the principal may read, of the state that was searched, ranks above one that
// is left out; otherwise Reasons says why it may be so.
type Response struct {
	Results  []Result
	Complete bool
	Reasons  []Reason
	Stats    Stats
	Took     time.Duration
}

// Result is one passage. Score is relative to the best that the principal may
// read, between 0 and 1, and says nothing about anything else.
type Result struct {
	Ref       eyeshot.ChunkRef
	Title     string
	Heading   string
	Text      string
	URL       string
	Metadata  map[string]any
	UpdatedAt time.Time
	Score     float64
}
