package authz

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// maxPage is the largest page that OpenFGA gives.
const maxPage = 100

// Read returns one page of the relationships that match the filter, read at
// higher consistency; token is the Next of the page before, "" for the first.
// A pageSize outside 1 to 100 means 100, the most that OpenFGA gives.
//
// A filter that OpenFGA does not take, and a token that is none of its, fail
// with [eyeshot.ErrInvalid].
func (s *Store) Read(ctx context.Context, filter ReadFilter, pageSize int, token string) (Page, error) {
	body := readJSON{PageSize: bounded(pageSize), Token: token, Consistency: "HIGHER_CONSISTENCY"}
	if filter != (ReadFilter{}) {
		body.Tuple = &tupleJSON{User: string(filter.Subject), Relation: filter.Relation, Object: filter.Object}
	}
	if body.Tuple != nil && filter.Object == "" {
		return Page{}, eyeshot.Invalid("filter", filter.Relation+"@"+string(filter.Subject), `must name an object ("type:id") or an object type ("type:")`)
	}
	var answer struct {
		Tuples *[]struct {
			Key tupleJSON `json:"key"`
		} `json:"tuples"`
		Token string `json:"continuation_token"`
	}
	if err := s.call(ctx, post("Read", "/stores/{store_id}/read", body), &answer); err != nil {
		return Page{}, err
	}
	if answer.Tuples == nil {
		return Page{}, malformed("Read", errMissing("tuples"))
	}
	page := Page{Relationships: make([]eyeshot.Relationship, len(*answer.Tuples)), Next: answer.Token}
	for i, tuple := range *answer.Tuples {
		page.Relationships[i] = tuple.Key.relationship()
	}
	return page, nil
}

type readJSON struct {
	Tuple       *tupleJSON `json:"tuple_key,omitempty"`
	PageSize    int        `json:"page_size"`
	Token       string     `json:"continuation_token,omitempty"`
	Consistency string     `json:"consistency"`
}

// ReadAll goes through all relationships that match the filter, page by page.
// What is written meanwhile may or may not be among them. An error is the last
// thing that it yields; without one the reading is complete.
func (s *Store) ReadAll(ctx context.Context, filter ReadFilter) iter.Seq2[eyeshot.Relationship, error] {
	return func(yield func(eyeshot.Relationship, error) bool) {
		token := ""
		for {
			page, err := s.Read(ctx, filter, maxPage, token)
			if err != nil {
				yield(eyeshot.Relationship{}, err)
				return
			}
			for _, relationship := range page.Relationships {
				if !yield(relationship, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			if page.Next == token {
				yield(eyeshot.Relationship{}, malformed("Read", errSamePage()))
				return
			}
			token = page.Next
		}
	}
}

// ReadChanges returns one page of the change log, oldest first; token is the
// Next of the page before, "" for the beginning. At the end of the log it
// returns no changes and the token that it was given. A pageSize outside 1 to
// 100 means 100.
//
// OpenFGA may show a change late, after one that was committed later, and a
// remote server may answer from a replica: a reader has to look back.
func (s *Store) ReadChanges(ctx context.Context, pageSize int, token string) (ChangePage, error) {
	r := get("ReadChanges", "/stores/{store_id}/changes")
	r.query = url.Values{"page_size": {strconv.Itoa(bounded(pageSize))}}
	if token != "" {
		r.query.Set("continuation_token", token)
	}
	var answer struct {
		Changes *[]changeJSON `json:"changes"`
		Token   string        `json:"continuation_token"`
	}
	if err := s.call(ctx, r, &answer); err != nil {
		return ChangePage{}, err
	}
	if answer.Changes == nil {
		return ChangePage{}, malformed("ReadChanges", errMissing("changes"))
	}
	page := ChangePage{Changes: make([]Change, len(*answer.Changes)), Next: answer.Token}
	if page.Next == "" {
		page.Next = token
	}
	for i, change := range *answer.Changes {
		var err error
		if page.Changes[i], err = change.change(); err != nil {
			return ChangePage{}, malformed("ReadChanges", err)
		}
	}
	return page, nil
}

type changeJSON struct {
	Key       tupleJSON `json:"tuple_key"`
	Operation string    `json:"operation"`
	Timestamp time.Time `json:"timestamp"`
}

// change refuses an operation that it does not know: a deletion that is taken
// for an addition would grant access.
func (c changeJSON) change() (Change, error) {
	change := Change{Relationship: c.Key.relationship(), At: c.Timestamp}
	switch c.Operation {
	case "TUPLE_OPERATION_WRITE":
	case "TUPLE_OPERATION_DELETE":
		change.Deleted = true
	default:
		return Change{}, eyeshot.Invalid("operation", c.Operation, "must be TUPLE_OPERATION_WRITE or TUPLE_OPERATION_DELETE")
	}
	return change, nil
}

func bounded(pageSize int) int {
	if pageSize < 1 || pageSize > maxPage {
		return maxPage
	}
	return pageSize
}
