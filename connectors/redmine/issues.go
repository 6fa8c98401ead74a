package redmine

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strconv"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// issuePages walks the issues that a user sees, the administrator where as is
// "", from an id on, in the order of their ids. Each page asks for the ids behind the last one, so
// issues that come or go meanwhile shift nothing.
func (c *Connector) issuePages(ctx context.Context, as string, filter url.Values, from int) iter.Seq2[[]apiIssue, error] {
	return func(yield func([]apiIssue, error) bool) {
		for {
			page, left, err := c.issuePage(ctx, as, filter, from)
			if err != nil {
				yield(nil, fmt.Errorf("list issues from %d on: %w", from, err))
				return
			}
			if len(page) == 0 || !yield(page, nil) || left == 0 {
				return
			}
			from = page[len(page)-1].ID + 1
		}
	}
}

// issuePage reads one page, and says how many issues there are behind it.
func (c *Connector) issuePage(ctx context.Context, as string, filter url.Values, from int) (page []apiIssue, left int, err error) {
	query := url.Values{"status_id": {"*"}, "sort": {"id"}, "limit": {strconv.Itoa(pageSize)}, "issue_id": {">=" + strconv.Itoa(from)}}
	for key, values := range filter {
		query[key] = values
	}
	var answer struct {
		counted
		Issues []apiIssue `json:"issues"`
	}
	if err := c.get(ctx, as, "/issues.json", query, &answer); err != nil {
		return nil, 0, err
	}
	if answer.Total == nil {
		return nil, 0, fmt.Errorf("%w: Redmine does not say how many there are", eyeshot.ErrUnavailable)
	}
	// SECURITY: a page that is short of what there is would look like issues
	// that are gone.
	if len(answer.Issues) < min(*answer.Total, pageSize) {
		return nil, 0, fmt.Errorf("%w: %d of %d issues", httpsource.ErrTruncated, len(answer.Issues), *answer.Total)
	}
	last := from - 1
	for _, issue := range answer.Issues {
		if issue.ID <= last {
			return nil, 0, fmt.Errorf("%w: issue %d does not come after %d", httpsource.ErrDrift, issue.ID, last)
		}
		last = issue.ID
	}
	return answer.Issues, *answer.Total - len(answer.Issues), nil
}

// withNotes lists which issues have notes at all.
func (c *Connector) withNotes(ctx context.Context) (set, error) {
	found := set{}
	for page, err := range c.issuePages(ctx, "", url.Values{"notes": {"*"}}, 0) {
		if err != nil {
			return nil, err
		}
		for _, issue := range page {
			found[issue.ID] = true
		}
	}
	return found, nil
}

// details reads issues whole, some side by side, in their order. One that is
// gone by now is nil.
func (c *Connector) details(ctx context.Context, numbers []int) ([]*apiIssue, error) {
	out := make([]*apiIssue, len(numbers))
	err := c.each(ctx, len(numbers), func(ctx context.Context, i int) error {
		issue, err := c.detail(ctx, "", numbers[i])
		if httpsource.Status(err) == 404 {
			return nil
		}
		out[i] = issue
		return err
	})
	return out, err
}

// detail reads one issue with its notes and the names of its files.
func (c *Connector) detail(ctx context.Context, as string, id int) (*apiIssue, error) {
	var answer struct {
		Issue apiIssue `json:"issue"`
	}
	err := c.get(ctx, as, "/issues/"+strconv.Itoa(id)+".json", url.Values{"include": {"journals,attachments"}}, &answer)
	if err != nil {
		return nil, err
	}
	if answer.Issue.ID != id {
		return nil, fmt.Errorf("%w: asked for issue %d and got %d", eyeshot.ErrUnavailable, id, answer.Issue.ID)
	}
	return &answer.Issue, nil
}
