package eyeshot

import "time"

// Document is what a source holds and a user may or may not read: a ticket, a
// page, a comment. Its relationships are on Object itself: who may read it, and
// which project, folder or security level it belongs to.
type Document struct {
	Object        Object         `json:"object"`
	Title         string         `json:"title"`
	Text          string         `json:"text"`
	Format        Format         `json:"format,omitempty"`
	URL           string         `json:"url,omitempty"`
	Metadata      map[string]any `json:"metadata,omitempty"` // flat: string, float64, bool, or []string
	UpdatedAt     time.Time      `json:"updated_at"`
	Relationships []Relationship `json:"relationships"`
}

// Format says how a document's text is marked up, which is what a splitter needs.
type Format string

// Formats that the indexer knows. The zero Format is plain text.
const (
	FormatText     Format = "text"
	FormatMarkdown Format = "markdown"
	FormatJira     Format = "jira" // Jira's wiki markup, as ticket exports carry it
)

// ChunkRef names one chunk: the n-th passage of a document, counted from 0.
type ChunkRef struct {
	Object Object
	N      int
}

// Chunk is one passage of a document. Heading is the path of titles that leads
// to it ("Runbook › Rollback"), Text what a reader is shown, and Vector the
// embedding of heading and text, of unit length or all zero.
type Chunk struct {
	ChunkRef
	Heading string
	Text    string
	Vector  []float32
}
