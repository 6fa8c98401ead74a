package httpapi

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// DocumentResponse is a document that the caller may read.
type DocumentResponse struct {
	Object    eyeshot.Object `json:"object"`
	Type      string         `json:"type"`
	Source    string         `json:"source"`
	Title     string         `json:"title"`
	URL       string         `json:"url,omitempty"`
	UpdatedAt *time.Time     `json:"updated_at,omitempty"`
	Metadata  map[string]any `json:"metadata"`
	Passages  []PassageJSON  `json:"passages"`
}

// PassageJSON is one passage of a document.
type PassageJSON struct {
	Chunk   int    `json:"chunk"`
	Heading string `json:"heading,omitempty"`
	Text    string `json:"text"`
}

func (s *server) document(c *gin.Context) {
	object, ok := objectOf(c)
	if !ok {
		// SECURITY: a malformed id looks like any other that can't be read.
		s.fail(c, eyeshot.ErrNotFound)
		return
	}
	record, err := s.Retriever.Document(c.Request.Context(), principalOf(c), object)
	if err != nil {
		s.failRead(c, err)
		return
	}
	c.JSON(http.StatusOK, newDocumentResponse(record))
}

func newDocumentResponse(record store.Record) DocumentResponse {
	out := DocumentResponse{
		Object: record.Object, Type: record.Object.Type(), Source: record.Object.Source(),
		Title: record.Title, URL: record.URL, UpdatedAt: timeOrNil(record.UpdatedAt),
		Metadata: orEmpty(record.Metadata), Passages: make([]PassageJSON, len(record.Chunks)),
	}
	for i, chunk := range record.Chunks {
		out.Passages[i] = PassageJSON{Chunk: chunk.N, Heading: chunk.Heading, Text: chunk.Text}
	}
	return out
}

func (s *server) delete(c *gin.Context) {
	object, ok := objectOf(c)
	if !ok || object.Source() == "" {
		s.fail(c, eyeshot.Invalid("object", "", `must have the form "type:source/id"`))
		return
	}
	if err := s.Indexer.Delete(c.Request.Context(), principalOf(c).Tenant, object.Source(), []eyeshot.Object{object}); err != nil {
		s.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// objectOf reads the object from the path. The path is decoded once, as any URL
// is, and what comes out is the object: "ticket:jira-main/PAY-1" and
// "ticket%3Ajira-main%2FPAY-1" are one. Where what comes out is not an object as
// [eyeshot.NewObject] writes it, the object was put into the path as it stands,
// and decoding has undone the encoding of its own, which is made anew.
func objectOf(c *gin.Context) (eyeshot.Object, bool) {
	decoded, err := url.PathUnescape(strings.TrimPrefix(c.Param("object"), "/"))
	if err != nil {
		return "", false
	}
	typ, id, _ := strings.Cut(decoded, ":")
	if eyeshot.EscapeID(eyeshot.UnescapeID(id)) != id {
		id = eyeshot.EscapeID(id)
	}
	object, err := eyeshot.ParseObject(typ + ":" + id)
	return object, err == nil
}
