package fakejira

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// commentsInSearch is how many comments an issue carries in a search at most.
const commentsInSearch = 20

func (a ask) issue(name string) *Issue {
	asked := a.PathValue(name)
	i := find(a.world.Issues, func(i *Issue) bool {
		return i.Key == asked || strconv.FormatInt(i.ID, 10) == asked || slices.Contains(i.FormerKeys, asked)
	})
	if i == nil || !a.world.MaySee(a.who, i) {
		return nil
	}
	return i
}

func getIssue(a ask) (int, any) {
	i := a.issue("issueIdOrKey")
	if i == nil {
		return notFound("Issue")
	}
	return http.StatusOK, a.issueBean(i, split(a.URL.Query()["fields"], "*all"), a.URL.Query().Get("expand"))
}

func (a ask) issueBean(i *Issue, names []string, expand string) object {
	out := object{"id": strconv.FormatInt(i.ID, 10), "key": i.Key, "self": fmt.Sprintf("%s/rest/api/3/issue/%d", a.s.options.BaseURL, i.ID)}
	fields := object{}
	for name, value := range a.fields(i) {
		if wants(names, name) && !slices.Contains(a.s.options.Hidden, name) {
			fields[name] = value
		}
	}
	if a.s.options.Alter != nil {
		a.s.options.Alter(i.Key, fields)
	}
	if len(names) != 1 || names[0] != "id" {
		out["fields"] = fields
	}
	if expand == "changelog" {
		out["changelog"] = changelog(i)
	}
	return out
}

func (a ask) fields(i *Issue) object {
	p := a.world.Project(i.Project)
	out := object{
		"summary": i.Summary, "description": i.Description, "labels": append([]string{}, i.Labels...), "created": stamp(i.Created), "updated": stamp(i.Updated),
		"issuetype": object{"name": i.Kind}, "status": object{"name": i.Status}, "reporter": person(a.world, i.Reporter), "assignee": person(a.world, i.Assignee),
		"project": object{"id": strconv.FormatInt(p.ID, 10), "key": p.Key, "name": p.Name, "projectTypeKey": p.Kind, "simplified": p.TeamManaged},
		"comment": a.commentsIn(i), "security": nil,
	}
	if i.Level != 0 {
		level := object{"id": strconv.FormatInt(i.Level, 10)}
		if l := a.world.Security(p.SecurityScheme).Level(i.Level); l != nil {
			level["name"] = l.Name
		}
		out["security"] = level
	}
	if p.TeamManaged {
		out["issuerestriction"] = object{"issuerestrictions": restrictions(a.world, i), "shouldDisplay": true}
	}
	for _, f := range a.world.Fields {
		out[f.ID] = a.held(f, i.Values[f.ID])
	}
	return out
}

func restrictions(w *World, i *Issue) object {
	if len(i.RestrictedTo) == 0 {
		return object{}
	}
	roles := []object{}
	for _, id := range i.RestrictedTo {
		roles = append(roles, object{"id": strconv.FormatInt(id, 10), "name": w.Role(id).Name})
	}
	return object{"projectrole": roles}
}

// held is what a custom field holds: one, a list, or null.
func (a ask) held(f *Field, ids []string) any {
	values := []any{}
	for _, id := range ids {
		if g := a.world.Group(id); f.Groups && g != nil {
			values = append(values, groupBean(g))
		}
		if u := a.world.User(id); !f.Groups && u != nil {
			values = append(values, userBean(u))
		}
	}
	switch {
	case len(values) == 0:
		return nil
	case f.Many:
		return values
	}
	return values[0]
}

func changelog(i *Issue) object {
	histories := []object{}
	for n, key := range i.FormerKeys {
		histories = append(histories, object{"id": strconv.Itoa(n + 1), "created": stamp(i.Updated),
			"items": []object{{"field": "Key", "fieldtype": "jira", "fromString": key, "toString": i.Key}}})
	}
	return object{"startAt": 0, "maxResults": len(histories), "total": len(histories), "histories": histories}
}

func (a ask) visible(i *Issue) []*Comment {
	var out []*Comment
	for _, c := range i.Comments {
		if a.world.MaySeeComment(a.who, i, c) {
			out = append(out, c)
		}
	}
	return out
}

func (a ask) commentsIn(i *Issue) object {
	visible, beans := a.visible(i), []object{}
	for _, c := range visible[:min(len(visible), commentsInSearch)] {
		beans = append(beans, a.commentBean(i, c))
	}
	return object{"comments": beans, "total": len(visible), "startAt": 0, "maxResults": len(beans)}
}

func (a ask) commentBean(i *Issue, c *Comment) object {
	out := object{"id": strconv.FormatInt(c.ID, 10), "body": json.RawMessage(c.Body), "created": stamp(c.Created), "updated": stamp(c.Updated), "jsdPublic": !c.Internal,
		"self": fmt.Sprintf("%s/rest/api/3/issue/%d/comment/%d", a.s.options.BaseURL, i.ID, c.ID)}
	if u := a.world.User(c.Author); u != nil {
		out["author"] = userBean(u)
	}
	if g := a.world.Group(c.Group); g != nil {
		out["visibility"] = object{"type": "group", "value": g.Name, "identifier": g.ID}
	}
	if r := a.world.Role(c.Role); r != nil {
		out["visibility"] = object{"type": "role", "value": r.Name, "identifier": r.Name}
	}
	return out
}

func getComments(a ask) (int, any) {
	i := a.issue("issueIdOrKey")
	if i == nil {
		return notFound("Issue")
	}
	out := page(a, a.visible(i), func(c *Comment) object { return a.commentBean(i, c) })
	out["comments"] = out["values"]
	delete(out, "values")
	delete(out, "isLast")
	return http.StatusOK, out
}

func getComment(a ask) (int, any) {
	i := a.issue("issueIdOrKey")
	if i == nil {
		return notFound("Issue")
	}
	c := find(a.visible(i), func(c *Comment) bool { return strconv.FormatInt(c.ID, 10) == a.PathValue("id") })
	if c == nil {
		return notFound("The comment")
	}
	return http.StatusOK, a.commentBean(i, c)
}
