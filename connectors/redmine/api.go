package redmine

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// The answers of Redmine's API, as far as they are needed
// (https://www.redmine.org/projects/redmine/wiki/Rest_api).
type (
	ref struct {
		ID        int    `json:"id"`
		Name      string `json:"name"`
		Inherited bool   `json:"inherited"`
	}
	apiUser struct {
		ID        int    `json:"id"`
		Login     string `json:"login"`
		Admin     bool   `json:"admin"`
		FirstName string `json:"firstname"`
		LastName  string `json:"lastname"`
		Mail      string `json:"mail"`
		active    bool
	}
	apiRole struct {
		ID               int      `json:"id"`
		Name             string   `json:"name"`
		IssuesVisibility string   `json:"issues_visibility"`
		Permissions      []string `json:"permissions"`
	}
	apiProject struct {
		ID             int    `json:"id"`
		Name           string `json:"name"`
		Identifier     string `json:"identifier"`
		Status         int    `json:"status"`
		IsPublic       bool   `json:"is_public"`
		InheritMembers bool   `json:"inherit_members"`
		Parent         *ref   `json:"parent"`
		Trackers       []ref  `json:"trackers"`
		EnabledModules []ref  `json:"enabled_modules"`
	}
	apiMembership struct {
		ID        int   `json:"id"`
		User      *ref  `json:"user"`
		Group     *ref  `json:"group"`
		NonMember *ref  `json:"group_non_member"`
		Roles     []ref `json:"roles"`
	}
	apiIssue struct {
		ID          int          `json:"id"`
		Project     *ref         `json:"project"`
		Tracker     *ref         `json:"tracker"`
		Status      *ref         `json:"status"`
		Priority    *ref         `json:"priority"`
		Author      *ref         `json:"author"`
		AssignedTo  *ref         `json:"assigned_to"`
		Category    *ref         `json:"category"`
		Version     *ref         `json:"fixed_version"`
		Subject     string       `json:"subject"`
		Description string       `json:"description"`
		IsPrivate   *bool        `json:"is_private"`
		CreatedOn   time.Time    `json:"created_on"`
		UpdatedOn   time.Time    `json:"updated_on"`
		Attachments []apiFile    `json:"attachments"`
		Journals    []apiJournal `json:"journals"`
	}
	apiJournal struct {
		ID           int       `json:"id"`
		User         *ref      `json:"user"`
		Notes        string    `json:"notes"`
		PrivateNotes *bool     `json:"private_notes"`
		CreatedOn    time.Time `json:"created_on"`
	}
	apiFile struct {
		Filename string `json:"filename"`
	}
	apiPage struct {
		Title       string    `json:"title"`
		Text        string    `json:"text"`
		UpdatedOn   time.Time `json:"updated_on"`
		Attachments []apiFile `json:"attachments"`
	}
)

func (p apiProject) has(module string) bool {
	return slices.ContainsFunc(p.EnabledModules, func(m ref) bool { return m.Name == module })
}

// pageSize is the largest page that Redmine gives.
const pageSize = 100

// counted is how Redmine counts a listing.
type counted struct {
	Total  *int `json:"total_count"`
	Limit  int  `json:"limit"`
	Offset int  `json:"offset"`
}

// listing walks a listing by offset. entries picks them from an answer.
func listing[A, T any](ctx context.Context, c *Connector, as, path string, query url.Values, id func(T) int, entries func(*A) (counted, []T)) iter.Seq2[T, error] {
	name := func(entry T) string { return strconv.Itoa(id(entry)) }
	return httpsource.ByOffset(ctx, pageSize, name, func(ctx context.Context, offset, limit int) (httpsource.Page[T], error) {
		page := url.Values{"offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(limit)}}
		for key, values := range query {
			page[key] = values
		}
		var answer A
		if err := c.get(ctx, as, path, page, &answer); err != nil {
			return httpsource.Page[T]{}, err
		}
		count, list := entries(&answer)
		if count.Total == nil {
			return httpsource.Page[T]{}, fmt.Errorf("%w: %s does not say how many entries it has", eyeshot.ErrUnavailable, path)
		}
		return httpsource.Page[T]{Entries: list, Total: *count.Total, Limit: count.Limit}, nil
	})
}

// get reads path as the administrator, or as another user where as is a login.
func (c *Connector) get(ctx context.Context, as, path string, query url.Values, out any) error {
	request := httpsource.Request{Path: path, Query: query}
	if as != "" {
		request.Header = http.Header{"X-Redmine-Switch-User": {as}}
	}
	return c.client.JSON(ctx, request, out)
}

// now is a time that Redmine's own clock has reached: that of the latest change.
// The clock of a proxy in front of it, which a Date header would tell, may be
// another, and so may ours.
func (c *Connector) now(ctx context.Context) (time.Time, error) {
	var answer struct {
		Issues []apiIssue `json:"issues"`
	}
	query := url.Values{"status_id": {"*"}, "sort": {"updated_on:desc"}, "limit": {"1"}}
	if err := c.get(ctx, "", "/issues.json", query, &answer); err != nil {
		return time.Time{}, err
	}
	if len(answer.Issues) == 0 || answer.Issues[0].UpdatedOn.IsZero() {
		return time.Unix(0, 0).UTC(), nil
	}
	return answer.Issues[0].UpdatedOn.UTC(), nil
}
