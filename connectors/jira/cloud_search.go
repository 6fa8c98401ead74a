package jira

import (
	"context"
	"fmt"
	"iter"
	"net/url"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// search walks a search by the tokens of its pages.
func (c *cloud) search(ctx context.Context, ask searchFor) iter.Seq2[issue, error] {
	body := map[string]any{"jql": ask.jql, "fields": ask.fields, "maxResults": c.page}
	if ask.pageSize > 0 {
		body["maxResults"] = ask.pageSize
	}
	if ask.changelog {
		body["expand"] = "changelog"
	}
	return httpsource.ByToken(ctx, func(i issue) string { return i.ID }, func(ctx context.Context, token string) (httpsource.Page[issue], error) {
		if token != "" {
			body["nextPageToken"] = token
		}
		var page struct {
			Issues *[]issue `json:"issues"`
			Next   string   `json:"nextPageToken"`
			IsLast *bool    `json:"isLast"`
		}
		if err := c.client.Post(ctx, v3+"/search/jql", nil, body, &page); err != nil {
			return httpsource.Page[issue]{}, err
		}
		if page.Issues == nil || page.Next == "" && page.IsLast != nil && !*page.IsLast {
			return httpsource.Page[issue]{}, fmt.Errorf("%w: a page of a search says neither that it is the last nor what follows", httpsource.ErrTruncated)
		}
		return httpsource.Page[issue]{Entries: *page.Issues, Next: page.Next, Total: -1}, nil
	})
}

// count says how many issues a search finds.
func (c *cloud) count(ctx context.Context, jql string) (int, error) {
	var answer struct {
		Count *int `json:"count"`
	}
	if err := c.client.Post(ctx, v3+"/search/approximate-count", nil, map[string]any{"jql": jql}, &answer); err != nil {
		return 0, err
	}
	if answer.Count == nil {
		return 0, fmt.Errorf("%w: Jira does not say how many issues there are", eyeshot.ErrUnavailable)
	}
	return *answer.Count, nil
}

func (c *cloud) comments(ctx context.Context, issue string) iter.Seq2[comment, error] {
	return commentsOf(ctx, c.client, v3, issue, c.page)
}

func commentsOf(ctx context.Context, client *httpsource.Client, prefix, issue string, limit int) iter.Seq2[comment, error] {
	return httpsource.ByOffset(ctx, limit, func(c comment) string { return c.ID }, func(ctx context.Context, offset, limit int) (httpsource.Page[comment], error) {
		var page struct {
			Comments []comment `json:"comments"`
			Total    *int      `json:"total"`
		}
		path := prefix + "/issue/" + url.PathEscape(issue) + "/comment"
		if err := client.Get(ctx, path, window(url.Values{"orderBy": {"created"}}, offset, limit), &page); err != nil {
			return httpsource.Page[comment]{}, err
		}
		if page.Total == nil {
			return httpsource.Page[comment]{}, fmt.Errorf("%w: GET %s does not say how many there are", eyeshot.ErrUnavailable, path)
		}
		return httpsource.Page[comment]{Entries: page.Comments, Total: *page.Total}, nil
	})
}
