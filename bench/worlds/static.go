package worlds

import (
	"context"
	"strconv"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Static stands in for an OpenFGA store that holds many relationships and never
// changes: what a permission index reads, without the time that a server takes.
type Static struct {
	Relationships []eyeshot.Relationship
	Schema        *authz.Model
}

// ID returns the store's id.
func (s *Static) ID() string { return "static" }

// Read returns a page of all relationships, whatever the filter.
func (s *Static) Read(_ context.Context, _ authz.ReadFilter, pageSize int, token string) (authz.Page, error) {
	from, _ := strconv.Atoi(token)
	to := min(from+pageSize, len(s.Relationships))
	page := authz.Page{Relationships: s.Relationships[from:to]}
	if to < len(s.Relationships) {
		page.Next = strconv.Itoa(to)
	}
	return page, nil
}

// ReadChanges returns none.
func (s *Static) ReadChanges(context.Context, int, string) (authz.ChangePage, error) {
	return authz.ChangePage{Next: "end"}, nil
}

// LatestModelID returns the id of the model.
func (s *Static) LatestModelID(context.Context) (string, error) { return s.Schema.ID, nil }

// Model returns the model.
func (s *Static) Model(context.Context, string) (*authz.Model, error) { return s.Schema, nil }
