package fakejira

import (
	"net/http"
	"strconv"
)

func (s *Server) routes() {
	s.handle("GET /rest/api/3/serverInfo", serverInfo)
	s.handle("GET /rest/api/3/myself", myself)
	s.handle("GET /rest/api/3/mypermissions", myPermissions)
	s.handle("POST /rest/api/3/permissions/check", checkPermissions)
	s.handle("GET /rest/api/3/field", fields)
	s.handle("GET /rest/api/3/search/jql", searchGet)
	s.handle("POST /rest/api/3/search/jql", searchPost)
	s.handle("POST /rest/api/3/search/approximate-count", count)
	s.handle("GET /rest/api/3/issue/{issueIdOrKey}", getIssue)
	s.handle("GET /rest/api/3/issue/{issueIdOrKey}/comment", getComments)
	s.handle("GET /rest/api/3/issue/{issueIdOrKey}/comment/{id}", getComment)
	s.handle("POST /rest/api/3/issue/bulkfetch", bulkFetch)
	s.handle("POST /rest/api/3/comment/list", listComments)
	s.handle("GET /rest/api/3/project/search", searchProjects)
	s.handle("GET /rest/api/3/project/{projectIdOrKey}", getProject)
	s.handle("GET /rest/api/3/project/{projectIdOrKey}/role", projectRoles)
	s.handle("GET /rest/api/3/project/{projectIdOrKey}/role/{id}", projectRole)
	s.admin("GET /rest/api/3/role", roles)
	s.admin("GET /rest/api/3/applicationrole", applicationRoles)
	s.admin("GET /rest/api/3/group/bulk", groups)
	s.admin("GET /rest/api/3/group/member", groupMembers)
	s.admin("GET /rest/api/3/users/search", allUsers)
	s.admin("GET /rest/api/3/user", getUser)
	s.admin("GET /rest/api/3/user/groups", userGroups)
	s.admin("GET /rest/api/3/permissionscheme", permissionSchemes)
	s.admin("GET /rest/api/3/permissionscheme/{schemeId}", permissionScheme)
	s.admin("GET /rest/api/3/project/{projectKeyOrId}/permissionscheme", projectPermissionScheme)
	s.admin("GET /rest/api/3/issuesecurityschemes", securitySchemes)
	s.admin("GET /rest/api/3/project/{projectKeyOrId}/issuesecuritylevelscheme", projectSecurityScheme)
	s.admin("GET /rest/api/3/issuesecurityschemes/level/member", levelMembers)
}

func serverInfo(a ask) (int, any) {
	return http.StatusOK, object{
		"baseUrl": a.s.options.BaseURL, "version": "1001.0.0-FAKE", "versionNumbers": []int{1001, 0, 0}, "deploymentType": "Cloud",
		"buildNumber": 1, "serverTime": stamp(a.world.Now), "serverTitle": "fakejira",
	}
}

func myself(a ask) (int, any) {
	if a.who == "" {
		return http.StatusUnauthorized, problem("Client must be authenticated to access this resource.")
	}
	return http.StatusOK, userBean(a.world.User(a.who))
}

func fields(a ask) (int, any) {
	out := []object{}
	for _, id := range []string{"summary", "description", "security", "reporter", "assignee", "project", "updated"} {
		out = append(out, object{"id": id, "key": id, "name": id, "custom": false, "schema": object{"type": "string", "system": id}})
	}
	for n, f := range a.world.Fields {
		kind, kinds := "user", "userpicker"
		if f.Groups {
			kind, kinds = "group", "grouppicker"
		}
		schema := object{"type": kind, "customId": 10000 + n}
		if f.Many {
			schema["type"], schema["items"], kinds = "array", kind, "multi"+kinds
		}
		schema["custom"] = "com.atlassian.jira.plugin.system.customfieldtypes:" + kinds
		out = append(out, object{"id": f.ID, "key": f.ID, "name": f.Name, "custom": true, "schema": schema})
	}
	return http.StatusOK, out
}

// page cuts a list as startAt and maxResults ask, and no longer than the server
// lets a page be.
func page[T any](a ask, all []T, bean func(T) object) object {
	start, size := a.number("startAt", 0), min(a.number("maxResults", a.s.options.PageSize), a.s.options.PageSize)
	values := []object{}
	for _, one := range all[min(start, len(all)):min(start+size, len(all))] {
		values = append(values, bean(one))
	}
	return object{"startAt": start, "maxResults": size, "total": len(all), "isLast": start+len(values) >= len(all), "values": values}
}

func (a ask) number(name string, otherwise int) int {
	n, err := strconv.Atoi(a.URL.Query().Get(name))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

func (a ask) id(name string) int64 {
	id, _ := strconv.ParseInt(a.PathValue(name), 10, 64)
	return id
}
