package authz

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/eyeshot-dev/eyeshot"
)

// Store is one OpenFGA store, which is one tenant. It is safe for concurrent
// use and cheap to make.
type Store struct {
	client  *Client
	id      string
	modelID string
}

// Store names a store by its id, and the model that checks and writes use;
// modelID "" is the store's latest. It sends nothing.
func (c *Client) Store(id, modelID string) *Store {
	return &Store{client: c, id: id, modelID: modelID}
}

// ID returns the store's id.
func (s *Store) ID() string { return s.id }

// ModelID returns the id of the model that checks and writes use, "" for the latest.
func (s *Store) ModelID() string { return s.modelID }

// storeJSON is a store as OpenFGA describes it.
type storeJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Ping asks for one store, which proves that the server answers, takes our
// credentials and reaches its database. A server that can't fails with
// [eyeshot.ErrUnavailable].
func (c *Client) Ping(ctx context.Context) error {
	_, _, err := c.listStores(ctx, url.Values{"page_size": {"1"}})
	return err
}

// CreateStore makes a store and returns its id. Names need not be unique, and
// OpenFGA wants 3 to 64 letters, digits, blanks and any of "._-/^&@".
func (c *Client) CreateStore(ctx context.Context, name string) (string, error) {
	var created storeJSON
	if err := c.call(ctx, post("CreateStore", "/stores", map[string]string{"name": name}), &created); err != nil {
		return "", err
	}
	if created.ID == "" {
		return "", malformed("CreateStore", errMissing("id"))
	}
	return created.ID, nil
}

// FindStores returns the ids of all stores of exactly that name, oldest first
// as OpenFGA lists them; none is no error.
func (c *Client) FindStores(ctx context.Context, name string) ([]string, error) {
	var ids []string
	token := ""
	for {
		query := url.Values{"page_size": {strconv.Itoa(maxPage)}, "name": {name}}
		if token != "" {
			query.Set("continuation_token", token)
		}
		stores, next, err := c.listStores(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, store := range stores {
			if store.Name == name { // servers before 1.6 ignore the filter
				ids = append(ids, store.ID)
			}
		}
		if next == "" {
			return ids, nil
		}
		if next == token {
			return nil, malformed("ListStores", errSamePage())
		}
		token = next
	}
}

func (c *Client) listStores(ctx context.Context, query url.Values) ([]storeJSON, string, error) {
	var page struct {
		Stores *[]storeJSON `json:"stores"`
		Token  string       `json:"continuation_token"`
	}
	r := get("ListStores", "/stores")
	r.query = query
	if err := c.call(ctx, r, &page); err != nil {
		return nil, "", err
	}
	if page.Stores == nil {
		return nil, "", malformed(r.operation, errMissing("stores"))
	}
	return *page.Stores, page.Token, nil
}

// DeleteStore removes a store with everything in it. A store that is not there
// is no error.
func (c *Client) DeleteStore(ctx context.Context, id string) error {
	store := c.Store(id, "")
	r := request{operation: "DeleteStore", method: http.MethodDelete, path: "/stores/{store_id}"}
	return store.call(ctx, r, nil)
}

// call sends a request about this store.
func (s *Store) call(ctx context.Context, r request, out any) error {
	if err := s.valid(); err != nil {
		return err
	}
	r.store = s.id
	return s.client.call(ctx, r, out)
}

// valid refuses a store without an id: an empty part of a path would make the
// request one about something else.
func (s *Store) valid() error {
	if s.id == "" {
		return eyeshot.Invalid("store id", "", "must not be empty")
	}
	return nil
}
