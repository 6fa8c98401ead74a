package jira

import (
	"context"
	"iter"
	"net/url"

	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// browse lists who holds "Browse projects". Users are named by key, groups by
// name, both as the parameter.
func (d *dataCenter) browse(ctx context.Context, project string) ([]holder, error) {
	return browse(ctx, d.client, v2, project, func(h holderBean) holder { return holder{Kind: h.Type, Value: h.Parameter} })
}

// security names the scheme and no levels: who belongs to one is not told, so
// that issues with a level stay closed.
func (d *dataCenter) security(ctx context.Context, project string) (string, []string, error) {
	scheme, _, err := security(ctx, d.client, v2, project)
	return scheme, nil, err
}

func (d *dataCenter) levelMembers(context.Context, string) iter.Seq2[levelMember, error] {
	return func(func(levelMember, error) bool) {}
}

// actors lists who has a role in a project. Users are named by login there, and
// by key everywhere else, so each is asked for.
func (d *dataCenter) actors(ctx context.Context, project, role string) ([]actor, error) {
	var bean struct {
		Actors []struct {
			Type string `json:"type"`
			Name string `json:"name"`
		} `json:"actors"`
	}
	if err := d.client.Get(ctx, v2+"/project/"+url.PathEscape(project)+"/role/"+url.PathEscape(role), nil, &bean); err != nil {
		return nil, err
	}
	var out []actor
	for _, a := range bean.Actors {
		switch a.Type {
		case "atlassian-group-role-actor":
			out = append(out, actor{Group: a.Name})
		case "atlassian-user-role-actor":
			var user keyedUser
			err := d.client.Get(ctx, v2+"/user", url.Values{"username": {a.Name}}, &user)
			if closed(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, actor{Account: user.Key})
		}
	}
	return out, nil
}

func (d *dataCenter) search(ctx context.Context, ask searchFor) iter.Seq2[issue, error] {
	size := d.page
	if ask.pageSize > 0 {
		size = ask.pageSize
	}
	return httpsource.ByOffset(ctx, size, func(i issue) string { return i.ID }, func(ctx context.Context, offset, limit int) (httpsource.Page[issue], error) {
		body := map[string]any{"jql": ask.jql, "fields": ask.fields, "startAt": offset, "maxResults": limit}
		if ask.changelog {
			body["expand"] = []string{"changelog"}
		}
		var page struct {
			Total  int     `json:"total"`
			Issues []issue `json:"issues"`
		}
		err := d.client.Post(ctx, v2+"/search", nil, body, &page)
		return httpsource.Page[issue]{Entries: page.Issues, Total: page.Total}, err
	})
}

func (d *dataCenter) count(ctx context.Context, jql string) (int, error) {
	var answer struct {
		Total int `json:"total"`
	}
	err := d.client.Post(ctx, v2+"/search", nil, map[string]any{"jql": jql, "fields": []string{"id"}, "maxResults": 0}, &answer)
	return answer.Total, err
}

func (d *dataCenter) comments(ctx context.Context, issue string) iter.Seq2[comment, error] {
	return commentsOf(ctx, d.client, v2, issue, d.page)
}

// canBrowse is not to be had for others than the account that asks.
func (d *dataCenter) canBrowse(context.Context, string, []int64) (map[int64]bool, error) {
	return nil, errNotTold
}

func (d *dataCenter) groupsOf(context.Context, string) ([]group, error) { return nil, errNotTold }

func (d *dataCenter) issuesByKey(context.Context, []string) ([]issue, error) { return nil, errNotTold }

func (d *dataCenter) commentsByID(context.Context, []string) ([]placed, error) {
	return nil, errNotTold
}
