package jira

import (
	"context"
	"iter"
	"net/url"
	"strconv"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// holderBean is a holder as the API has it. Value names it; Parameter is the
// older way, and the name of a group.
type holderBean struct {
	Type      string `json:"type"`
	Parameter string `json:"parameter"`
	Value     string `json:"value"`
}

func (h holderBean) holder() holder {
	value := h.Value
	if value == "" {
		value = h.Parameter // of a group its name: see groupNamed
	}
	return holder{Kind: h.Type, Value: value}
}

type schemeBean struct {
	Permissions *[]struct {
		Permission string     `json:"permission"`
		Holder     holderBean `json:"holder"`
	} `json:"permissions"`
}

// browse lists who holds "Browse projects" in a project.
func (c *cloud) browse(ctx context.Context, project string) ([]holder, error) {
	return browse(ctx, c.client, v3, project, holderBean.holder)
}

func browse(ctx context.Context, client *httpsource.Client, prefix, project string, of func(holderBean) holder) ([]holder, error) {
	var scheme schemeBean
	if err := client.Get(ctx, prefix+"/project/"+url.PathEscape(project)+"/permissionscheme", url.Values{"expand": {"permissions,user,group,projectRole,field"}}, &scheme); err != nil {
		return nil, err
	}
	if scheme.Permissions == nil {
		return nil, eyeshot.Invalid("permission scheme", project, "came without its permissions")
	}
	var out []holder
	for _, grant := range *scheme.Permissions {
		if grant.Permission == "BROWSE_PROJECTS" {
			out = append(out, of(grant.Holder))
		}
	}
	return out, nil
}

// security names the issue security scheme of a project and its levels; "" is
// that it has none.
func (c *cloud) security(ctx context.Context, project string) (string, []string, error) {
	return security(ctx, c.client, v3, project)
}

func security(ctx context.Context, client *httpsource.Client, prefix, project string) (string, []string, error) {
	var scheme struct {
		ID     int64 `json:"id"`
		Levels []struct {
			ID string `json:"id"`
		} `json:"levels"`
	}
	err := client.Get(ctx, prefix+"/project/"+url.PathEscape(project)+"/issuesecuritylevelscheme", nil, &scheme)
	if httpsource.Status(err) == 404 {
		return "", nil, nil // Jira's way to say that the project has none
	}
	if err != nil {
		return "", nil, err
	}
	var levels []string
	for _, level := range scheme.Levels {
		levels = append(levels, level.ID)
	}
	return strconv.FormatInt(scheme.ID, 10), levels, nil
}

func (c *cloud) levelMembers(ctx context.Context, scheme string) iter.Seq2[levelMember, error] {
	type bean struct {
		ID     string     `json:"id"`
		Level  string     `json:"issueSecurityLevelId"`
		Holder holderBean `json:"holder"`
	}
	all := paged(ctx, c.client, v3+"/issuesecurityschemes/level/member", url.Values{"schemeId": {scheme}}, c.page, func(b bean) string { return b.ID })
	return mapped(all, func(b bean) levelMember { return levelMember{ID: b.ID, Level: b.Level, holder: b.Holder.holder()} })
}

// actors lists who has a role in a project.
func (c *cloud) actors(ctx context.Context, project, role string) ([]actor, error) {
	var bean struct {
		Actors []struct {
			User *struct {
				ID string `json:"accountId"`
			} `json:"actorUser"`
			Group *struct {
				ID string `json:"groupId"`
			} `json:"actorGroup"`
		} `json:"actors"`
	}
	if err := c.client.Get(ctx, v3+"/project/"+url.PathEscape(project)+"/role/"+url.PathEscape(role), nil, &bean); err != nil {
		return nil, err
	}
	var out []actor
	for _, a := range bean.Actors {
		switch {
		case a.User != nil:
			out = append(out, actor{Account: a.User.ID})
		case a.Group != nil:
			out = append(out, actor{Group: a.Group.ID})
		}
	}
	return out, nil
}

// canBrowse asks Jira which issues an account may see.
func (c *cloud) canBrowse(ctx context.Context, account string, issues []int64) (map[int64]bool, error) {
	body := map[string]any{"accountId": account, "projectPermissions": []any{map[string]any{"permissions": []string{"BROWSE_PROJECTS"}, "issues": issues, "projects": []int64{}}}}
	var answer struct {
		Granted []struct {
			Issues []int64 `json:"issues"`
		} `json:"projectPermissions"`
	}
	if err := c.client.Post(ctx, v3+"/permissions/check", nil, body, &answer); err != nil {
		return nil, err
	}
	out := map[int64]bool{}
	for _, granted := range answer.Granted {
		for _, id := range granted.Issues {
			out[id] = true
		}
	}
	return out, nil
}

func (c *cloud) groupsOf(ctx context.Context, account string) ([]group, error) {
	var beans []struct {
		ID   string `json:"groupId"`
		Name string `json:"name"`
	}
	err := c.client.Get(ctx, v3+"/user/groups", url.Values{"accountId": {account}}, &beans)
	var out []group
	for _, bean := range beans {
		out = append(out, group(bean))
	}
	return out, err
}
