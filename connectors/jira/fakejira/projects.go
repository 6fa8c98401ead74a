package fakejira

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

func (a ask) project(name string) *Project {
	asked := a.PathValue(name)
	p := find(a.world.Projects, func(p *Project) bool { return p.Key == asked || strconv.FormatInt(p.ID, 10) == asked })
	if p == nil || !a.world.MaySeeProject(a.who, p) {
		return nil
	}
	return p
}

func (a ask) projectBean(p *Project) object {
	style := "classic"
	if p.TeamManaged {
		style = "next-gen"
	}
	out := object{
		"id": strconv.FormatInt(p.ID, 10), "key": p.Key, "name": p.Name, "projectTypeKey": p.Kind, "simplified": p.TeamManaged, "style": style,
		"isPrivate": false, "archived": p.Archived, "self": fmt.Sprintf("%s/rest/api/3/project/%d", a.s.options.BaseURL, p.ID),
	}
	if lead := person(a.world, p.Lead); lead != nil {
		out["lead"] = lead
	}
	return out
}

func searchProjects(a ask) (int, any) {
	statuses := a.URL.Query()["status"]
	var out []*Project
	for _, p := range a.world.Projects {
		status := "live"
		if p.Archived {
			status = "archived"
		}
		if (slices.Contains(statuses, status) || len(statuses) == 0 && status == "live") && a.world.MaySeeProject(a.who, p) {
			out = append(out, p)
		}
	}
	return http.StatusOK, page(a, out, a.projectBean)
}

func getProject(a ask) (int, any) {
	p := a.project("projectIdOrKey")
	if p == nil {
		return notFound("The project")
	}
	return http.StatusOK, a.projectBean(p)
}

func projectRoles(a ask) (int, any) {
	p := a.project("projectIdOrKey")
	if p == nil {
		return notFound("The project")
	}
	out := object{}
	for _, r := range a.world.Roles {
		out[r.Name] = fmt.Sprintf("%s/rest/api/3/project/%d/role/%d", a.s.options.BaseURL, p.ID, r.ID)
	}
	return http.StatusOK, out
}

func projectRole(a ask) (int, any) {
	p, role := a.project("projectIdOrKey"), a.world.Role(a.id("id"))
	if p == nil || role == nil {
		return notFound("The project role")
	}
	actors := []object{}
	if has := p.Actors[role.ID]; has != nil {
		for n, id := range has.Users {
			if u := a.world.User(id); u != nil {
				actors = append(actors, object{"id": n + 1, "displayName": u.Name, "type": "atlassian-user-role-actor", "actorUser": object{"accountId": id}})
			}
		}
		for n, id := range has.Groups {
			if g := a.world.Group(id); g != nil {
				actors = append(actors, object{"id": 1000 + n, "displayName": g.Name, "name": g.Name, "type": "atlassian-group-role-actor",
					"actorGroup": object{"name": g.Name, "displayName": g.Name, "groupId": g.ID}})
			}
		}
	}
	return http.StatusOK, object{"id": role.ID, "name": role.Name, "actors": actors}
}
