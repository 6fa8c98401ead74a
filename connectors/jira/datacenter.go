package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// dataCenter asks a Jira Data Center by its REST API v2. It differs from Cloud:
// accounts have a key and a login, groups are known by name, texts are in
// Jira's own markup, searches have an offset and an exact total, and who
// belongs to a security level is not told at all.
type dataCenter struct {
	client *httpsource.Client
	page   int
}

const v2 = "/rest/api/2"

// errNotTold is Jira's silence, which closes what hangs on it.
var errNotTold = fmt.Errorf("%w: a Jira Data Center does not tell by its API", eyeshot.ErrForbidden)

type keyedUser struct {
	Key    string `json:"key"`
	Login  string `json:"name"`
	Name   string `json:"displayName"`
	Email  string `json:"emailAddress"`
	Active bool   `json:"active"`
}

func (u keyedUser) account() account {
	return account{ID: u.Key, Login: u.Login, Name: u.Name, Email: u.Email, Active: u.Active}
}

func (d *dataCenter) myself(ctx context.Context) (account, error) {
	var me keyedUser
	err := d.client.Get(ctx, v2+"/myself", nil, &me)
	return me.account(), err
}

func (d *dataCenter) fields(ctx context.Context) ([]field, error) {
	var out []field
	return out, d.client.Get(ctx, v2+"/field", nil, &out)
}

// accounts lists all: a login is found by any of its letters, "." by all.
func (d *dataCenter) accounts(ctx context.Context) iter.Seq2[account, error] {
	query := url.Values{"username": {"."}, "includeInactive": {"true"}}
	fetch := func(ctx context.Context, offset, limit int) (httpsource.Page[keyedUser], error) {
		var page []keyedUser
		err := d.client.Get(ctx, v2+"/user/search", window(query, offset, limit), &page)
		return httpsource.Page[keyedUser]{Entries: page, Total: -1}, err
	}
	return mapped(httpsource.ByOffset(ctx, 1000, func(u keyedUser) string { return u.Key }, fetch), keyedUser.account)
}

// groups lists all by one question, which says when it left some out.
func (d *dataCenter) groups(ctx context.Context) iter.Seq2[group, error] {
	return sequence(ctx, func(t telling[group]) error {
		var answer struct {
			Total  int `json:"total"`
			Groups []struct {
				Name string `json:"name"`
			} `json:"groups"`
		}
		if err := d.client.Get(ctx, v2+"/groups/picker", url.Values{"maxResults": {"100000"}}, &answer); err != nil {
			return err
		}
		if len(answer.Groups) < answer.Total {
			return fmt.Errorf("%w: %d of %d groups: raise jira.ajax.autocomplete.limit", httpsource.ErrTruncated, len(answer.Groups), answer.Total)
		}
		for _, g := range answer.Groups {
			if err := t.tell(group{ID: g.Name, Name: g.Name}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *dataCenter) members(ctx context.Context, g group) iter.Seq2[account, error] {
	all := paged(ctx, d.client, v2+"/group/member", url.Values{"groupname": {g.Name}}, d.page, func(u keyedUser) string { return u.Key })
	return mapped(all, keyedUser.account)
}

func (d *dataCenter) applications(ctx context.Context) ([]application, error) {
	var out []application
	return out, d.client.Get(ctx, v2+"/applicationrole", nil, &out)
}

func (d *dataCenter) roles(ctx context.Context, project string) ([]role, error) {
	return rolesOf(ctx, d.client, v2, project)
}

// projects lists those that are not archived: the API leaves the others out.
func (d *dataCenter) projects(ctx context.Context) iter.Seq2[projectInfo, error] {
	return sequence(ctx, func(t telling[projectInfo]) error {
		var all []struct {
			projectBean
			Lead keyedUser `json:"lead"`
		}
		if err := d.client.Get(ctx, v2+"/project", url.Values{"expand": {"lead"}}, &all); err != nil {
			return err
		}
		for _, p := range all {
			if p.Archived {
				continue
			}
			if err := t.tell(projectInfo{ID: p.ID, Key: p.Key, Name: p.Name, Lead: p.Lead.Key, Kind: p.Kind}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *dataCenter) server(ctx context.Context) (server, error) {
	return serverInfo(ctx, d.client, v2)
}

func (d *dataCenter) render(body json.RawMessage) (string, error) { return textOf(body) }
