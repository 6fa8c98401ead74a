package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/indexer"
)

type upsertRequest struct {
	Source    string            `json:"source"`
	Documents []json.RawMessage `json:"documents"`
}

// UpsertResponse says what became of the documents of an upsert.
type UpsertResponse struct {
	Accepted  int       `json:"accepted"`  // written, or found unchanged
	Unchanged int       `json:"unchanged"` // of them, not written again
	Refused   []Refused `json:"refused"`
}

// Refused is a document that was not taken, by its place in the request; one
// that came again later in the request is among them, and its last version
// counts.
type Refused struct {
	Index  int            `json:"index"`
	Object eyeshot.Object `json:"object,omitempty"`
	Kind   string         `json:"kind"`
	Reason string         `json:"reason"`
}

// upsert takes what it can, names what it can't, and says by the status whether
// that was all, some or none.
func (s *server) upsert(c *gin.Context) {
	var body upsertRequest
	if !s.readJSON(c, s.Limits.Body, &body) {
		return
	}
	if n := len(body.Documents); n == 0 || n > s.Limits.Documents {
		s.fail(c, eyeshot.Invalid("documents", "", fmt.Sprintf("are %d, allowed are 1 to %d", n, s.Limits.Documents)))
		return
	}
	items := make([]connectors.Item, len(body.Documents))
	for i, raw := range body.Documents {
		items[i] = itemOf(raw, body.Source)
	}
	report, err := s.Indexer.UpsertItems(c.Request.Context(), principalOf(c).Tenant, body.Source, items)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(statusOf(report), newUpsertResponse(report))
}

func itemOf(raw json.RawMessage, source string) connectors.Item {
	var line jsonl.Line
	decodeErr := json.Unmarshal(raw, &line)
	object, _ := line.Object(source)
	if decodeErr != nil {
		return refusedItem(object, decodeErr)
	}
	document, err := line.Document(source)
	if err != nil {
		return refusedItem(object, err)
	}
	return connectors.Item{Document: document}
}

// refusedItem keeps the kind of the refusal where the error has one.
func refusedItem(object eyeshot.Object, err error) connectors.Item {
	refusal := connectors.Refuse(connectors.Malformed, err)
	_ = errors.As(err, &refusal)
	return connectors.Item{Document: eyeshot.Document{Object: object}, Refused: refusal}
}

func statusOf(report indexer.Report) int {
	switch {
	case report.RefusedTotal() == 0:
		return http.StatusOK
	case report.Accepted() == 0:
		return http.StatusUnprocessableEntity
	}
	return http.StatusMultiStatus
}

func newUpsertResponse(report indexer.Report) UpsertResponse {
	out := UpsertResponse{Accepted: report.Accepted(), Unchanged: report.Unchanged, Refused: make([]Refused, len(report.Problems))}
	for i, problem := range report.Problems {
		out.Refused[i] = Refused{Index: problem.Index, Object: problem.Object, Kind: string(problem.Kind), Reason: problem.Reason}
	}
	return out
}
