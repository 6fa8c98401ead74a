package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/adf"
)

// cloud asks Jira Cloud by its REST API v3
// (https://developer.atlassian.com/cloud/jira/platform/rest/v3/).
type cloud struct {
	client *httpsource.Client
	page   int
}

const v3 = "/rest/api/3"

func (c *cloud) server(ctx context.Context) (server, error) { return serverInfo(ctx, c.client, v3) }

func serverInfo(ctx context.Context, client *httpsource.Client, prefix string) (server, error) {
	var info struct {
		Time string `json:"serverTime"`
		Base string `json:"baseUrl"`
	}
	if err := client.Get(ctx, prefix+"/serverInfo", nil, &info); err != nil {
		return server{}, err
	}
	at, err := parseTime(info.Time)
	if err != nil {
		return server{}, fmt.Errorf("%w: Jira does not say what time it is: %w", eyeshot.ErrUnavailable, err)
	}
	return server{Now: at, Base: strings.TrimSuffix(info.Base, "/")}, nil
}

// parseTime reads a time as Jira writes it, with an offset that has no colon.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339Nano} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, eyeshot.Invalid("time", text, "must be like 2026-01-02T15:04:05.000+0000")
}

type userBean struct {
	ID     string `json:"accountId"`
	Kind   string `json:"accountType"`
	Name   string `json:"displayName"`
	Email  string `json:"emailAddress"`
	Active bool   `json:"active"`
}

func (u userBean) account() account {
	return account{ID: u.ID, Name: u.Name, Email: u.Email, Kind: u.Kind, Active: u.Active}
}

func (c *cloud) myself(ctx context.Context) (account, error) {
	var me userBean
	err := c.client.Get(ctx, v3+"/myself", nil, &me)
	return me.account(), err
}

func (c *cloud) fields(ctx context.Context) ([]field, error) {
	var out []field
	return out, c.client.Get(ctx, v3+"/field", nil, &out)
}

// accounts lists all, active or not. The listing has no total: a page that is
// empty ends it.
func (c *cloud) accounts(ctx context.Context) iter.Seq2[account, error] {
	fetch := func(ctx context.Context, offset, limit int) (httpsource.Page[userBean], error) {
		var page []userBean
		err := c.client.Get(ctx, v3+"/users/search", window(nil, offset, limit), &page)
		return httpsource.Page[userBean]{Entries: page, Total: -1}, err
	}
	return mapped(httpsource.ByOffset(ctx, 1000, func(u userBean) string { return u.ID }, fetch), userBean.account)
}

func (c *cloud) groups(ctx context.Context) iter.Seq2[group, error] {
	type bean struct {
		ID   string `json:"groupId"`
		Name string `json:"name"`
	}
	all := paged(ctx, c.client, v3+"/group/bulk", nil, c.page, func(g bean) string { return g.ID })
	return mapped(all, func(g bean) group { return group(g) })
}

func (c *cloud) members(ctx context.Context, g group) iter.Seq2[account, error] {
	all := paged(ctx, c.client, v3+"/group/member", url.Values{"groupId": {g.ID}}, c.page, func(u userBean) string { return u.ID })
	return mapped(all, userBean.account)
}

func (c *cloud) applications(ctx context.Context) ([]application, error) {
	var beans []struct {
		Key    string `json:"key"`
		Groups []struct {
			ID string `json:"groupId"`
		} `json:"groupDetails"`
	}
	if err := c.client.Get(ctx, v3+"/applicationrole", nil, &beans); err != nil {
		return nil, err
	}
	var out []application
	for _, bean := range beans {
		a := application{Key: bean.Key}
		for _, g := range bean.Groups {
			a.Groups = append(a.Groups, g.ID)
		}
		out = append(out, a)
	}
	return out, nil
}

// roles lists the roles of a project; team-managed ones have their own.
func (c *cloud) roles(ctx context.Context, project string) ([]role, error) {
	return rolesOf(ctx, c.client, v3, project)
}

// rolesOf reads a listing of names with addresses, whose last part is the id.
func rolesOf(ctx context.Context, client *httpsource.Client, prefix, project string) ([]role, error) {
	var addresses map[string]string
	if err := client.Get(ctx, prefix+"/project/"+url.PathEscape(project)+"/role", nil, &addresses); err != nil {
		return nil, err
	}
	var out []role
	for name, address := range addresses {
		id := address[strings.LastIndex(address, "/")+1:]
		if id == "" {
			return nil, eyeshot.Invalid("project role", name, "has no id")
		}
		out = append(out, role{ID: id, Name: name})
	}
	slices.SortFunc(out, func(a, b role) int { return byNumber(a.ID, b.ID) })
	return out, nil
}

type projectBean struct {
	ID         string   `json:"id"`
	Key        string   `json:"key"`
	Name       string   `json:"name"`
	Kind       string   `json:"projectTypeKey"`
	Simplified bool     `json:"simplified"`
	Lead       userBean `json:"lead"`
	Archived   bool     `json:"archived"`
}

// projects lists those that are neither archived nor in the trash: what is in
// others, no search finds in Jira either.
func (c *cloud) projects(ctx context.Context) iter.Seq2[projectInfo, error] {
	query := url.Values{"status": {"live"}, "expand": {"lead"}, "orderBy": {"key"}}
	all := paged(ctx, c.client, v3+"/project/search", query, min(c.page, 100), func(p projectBean) string { return p.ID })
	return mapped(all, func(p projectBean) projectInfo {
		return projectInfo{ID: p.ID, Key: p.Key, Name: p.Name, Lead: p.Lead.ID, Kind: p.Kind, TeamManaged: p.Simplified}
	})
}

func (c *cloud) render(body json.RawMessage) (string, error) { return adf.Markdown(body) }

func window(query url.Values, offset, limit int) url.Values {
	out := url.Values{"startAt": {strconv.Itoa(offset)}, "maxResults": {strconv.Itoa(limit)}}
	for name, values := range query {
		out[name] = values
	}
	return out
}

// paged walks a listing of Jira's usual kind: startAt, total, values.
func paged[T any](ctx context.Context, client *httpsource.Client, path string, query url.Values, limit int, id func(T) string) iter.Seq2[T, error] {
	return httpsource.ByOffset(ctx, limit, id, func(ctx context.Context, offset, limit int) (httpsource.Page[T], error) {
		var page struct {
			Total  *int `json:"total"`
			Values []T  `json:"values"`
		}
		if err := client.Get(ctx, path, window(query, offset, limit), &page); err != nil {
			return httpsource.Page[T]{}, err
		}
		if page.Total == nil {
			return httpsource.Page[T]{}, fmt.Errorf("%w: GET %s does not say how many there are", eyeshot.ErrUnavailable, path)
		}
		return httpsource.Page[T]{Entries: page.Values, Total: *page.Total}, nil
	})
}

func mapped[A, B any](all iter.Seq2[A, error], to func(A) B) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		for one, err := range all {
			if err != nil {
				var none B
				yield(none, err)
				return
			}
			if !yield(to(one), nil) {
				return
			}
		}
	}
}

// closed says whether an error is Jira's word that this account may not see
// something, or that it is not there, and not a failure to ask.
func closed(err error) bool {
	return errors.Is(err, eyeshot.ErrForbidden) || errors.Is(err, eyeshot.ErrNotFound)
}
