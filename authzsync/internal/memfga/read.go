package memfga

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Read returns a page of relationships. Of a filter it takes all or nothing:
// one relationship, or the zero filter.
func (s *Store) Read(ctx context.Context, filter authz.ReadFilter, pageSize int, token string) (authz.Page, error) {
	if err := ctx.Err(); err != nil {
		return authz.Page{}, err
	}
	s.mu.Lock()
	before, after := s.onRead, s.afterRead
	s.onRead, s.afterRead = nil, nil
	s.mu.Unlock()
	if before != nil {
		before()
	}
	page, err := s.read(filter, pageSize, token)
	if after != nil {
		after()
	}
	return page, err
}

func (s *Store) read(filter authz.ReadFilter, pageSize int, token string) (authz.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.fail != nil {
		return authz.Page{}, s.fail
	}
	if filter != (authz.ReadFilter{}) {
		return s.readOne(filter), nil
	}
	return s.readPage(pageSize, token), nil
}

func (s *Store) readOne(filter authz.ReadFilter) authz.Page {
	key := eyeshot.RelationshipKey{Subject: filter.Subject, Relation: filter.Relation, Object: eyeshot.Object(filter.Object)}
	if r, there := s.tuples[key]; there {
		return authz.Page{Relationships: []eyeshot.Relationship{r}}
	}
	return authz.Page{}
}

func (s *Store) readPage(pageSize int, token string) authz.Page {
	all := slices.SortedFunc(maps.Values(s.tuples), func(a, b eyeshot.Relationship) int {
		return cmp.Compare(a.String(), b.String())
	})
	var page authz.Page
	for _, r := range all {
		if r.String() <= token {
			continue
		}
		if len(page.Relationships) == pageSize {
			page.Next = page.Relationships[pageSize-1].String()
			break
		}
		page.Relationships = append(page.Relationships, r)
	}
	return page
}

// ReadChanges returns a page of the log. A token is the id of the last change
// that was read, and the store's; another store's is refused.
func (s *Store) ReadChanges(ctx context.Context, pageSize int, token string) (authz.ChangePage, error) {
	if err := ctx.Err(); err != nil {
		return authz.ChangePage{}, err
	}
	page, after, err := s.readChanges(pageSize, token)
	if after != nil {
		after()
	}
	return page, err
}

func (s *Store) readChanges(pageSize int, token string) (authz.ChangePage, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	after := s.onChanges
	s.onChanges = nil
	if s.fail != nil {
		return authz.ChangePage{}, after, s.fail
	}
	store, last := s.id, -1
	if token != "" {
		if _, err := fmt.Sscanf(token, "%d@%d", &last, &store); err != nil || store != s.id {
			return authz.ChangePage{}, after, eyeshot.Invalid("token", token, "must be of this store")
		}
	}
	page := authz.ChangePage{Next: token}
	for _, e := range s.log[:max(len(s.log)-s.hidden, 0)] {
		if e.id > last && len(page.Changes) < pageSize {
			page.Changes = append(page.Changes, e.change)
			page.Next = fmt.Sprintf("%d@%d", e.id, s.id)
		}
	}
	return page, after, nil
}

// LatestModelID returns the id of the model that was added last.
func (s *Store) LatestModelID(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return "", s.fail
	}
	return s.models[len(s.models)-1].ID, nil
}

// Model returns a model.
func (s *Store) Model(_ context.Context, id string) (*authz.Model, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.models {
		if m.ID == id {
			return m, s.fail
		}
	}
	return nil, fmt.Errorf("%w: model %s", eyeshot.ErrNotFound, strconv.Quote(id))
}

// Has reports whether the store holds a relationship.
func (s *Store) Has(key eyeshot.RelationshipKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, there := s.tuples[key]
	return there
}
