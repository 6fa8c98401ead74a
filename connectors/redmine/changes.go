package redmine

import (
	"context"
	"iter"
	"net/url"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Changes tells the issues that Redmine says have changed, those of projects
// that were not to be seen before, and wikis of which a page has changed, come
// or got another name. What is gone Permissions tells, by not telling it.
func (c *Connector) Changes(ctx context.Context, since string) iter.Seq2[connectors.Item, error] {
	return c.read(ctx, func(r *reading) error {
		before, err := parse(since, changes)
		if err != nil {
			return err
		}
		now := checkpoint{Phase: changes, Began: r.at, Seen: horizon{Wikis: map[int]string{}}}
		after := before.Began.Add(-overlap)
		filters := []url.Values{{"updated_on": {">=" + after.UTC().Format(time.RFC3339)}}}
		for i := range r.projects {
			if p := &r.projects[i]; p.has(issueModule) {
				now.Seen.Issues = append(now.Seen.Issues, p.ID)
				if !slices.Contains(before.Seen.Issues, p.ID) {
					filters = append(filters, inProject(p.ID))
				}
			}
		}
		told := issueSet{}
		for _, filter := range filters {
			if err := r.someIssues(filter, told); err != nil || r.over {
				return err
			}
		}
		if err := r.someWikis(before.Seen.Wikis, now.Seen.Wikis, after); err != nil || r.over {
			return err
		}
		return r.end(connectors.Partial, now)
	})
}

// someIssues tells the issues of a filter that were not told before: one in a
// project that is new to us may have changed as well.
func (r *reading) someIssues(filter url.Values, told issueSet) error {
	for page, err := range r.issuePages(r.ctx, "", filter, 0) {
		if err == nil {
			err = r.issues(told.fresh(page), nil, func(int) string { return "" })
		}
		if err != nil || r.over {
			return err
		}
	}
	return nil
}

// issueSet are issues that were told.
type issueSet map[int]bool

// fresh are those of a page that were not told yet; now they are.
func (s issueSet) fresh(page []apiIssue) []apiIssue {
	var out []apiIssue
	for _, issue := range page {
		if !s[issue.ID] {
			s[issue.ID] = true
			out = append(out, issue)
		}
	}
	return out
}

// someWikis tells the pages that have changed, and all of a wiki whose titles
// are not what they were.
func (r *reading) someWikis(before, now map[int]string, after time.Time) error {
	titles, err := r.allTitles(r.ctx, r.roster)
	if err != nil {
		return err
	}
	for i := range r.projects {
		p := &r.projects[i]
		pages, has := titles[p.ID]
		if !has {
			continue
		}
		now[p.ID] = fingerprint(pages)
		for _, page := range pages {
			if now[p.ID] == before[p.ID] && page.UpdatedOn.Before(after) {
				continue
			}
			item, err := r.pageItem(r.ctx, r.writer, p, page.Title)
			if err != nil {
				return err
			}
			if item != nil && !r.tell(*item) {
				return nil
			}
		}
	}
	return r.ctx.Err()
}
