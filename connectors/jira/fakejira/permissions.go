package fakejira

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// myPermissions knows "Administer Jira", "Browse users and groups" and "Browse
// projects".
func myPermissions(a ask) (int, any) {
	asked := strings.Split(a.URL.Query().Get("permissions"), ",")
	out := object{}
	for _, key := range asked {
		kind, have := "GLOBAL", a.world.MayAdminister(a.who)
		if key == Browse {
			kind = "PROJECT"
			have = slices.ContainsFunc(a.world.Issues, func(i *Issue) bool { return a.asksFor(i) && a.world.MaySee(a.who, i) })
		}
		out[key] = object{"key": key, "name": key, "type": kind, "havePermission": have}
	}
	return http.StatusOK, object{"permissions": out}
}

func (a ask) asksFor(i *Issue) bool {
	project, key := a.URL.Query().Get("projectKey"), a.URL.Query().Get("issueKey")
	return (project == "" || a.world.Project(i.Project).Key == project) && (key == "" || i.Key == key)
}

type checked struct {
	Permissions []string `json:"permissions"`
	Issues      []int64  `json:"issues"`
	Projects    []int64  `json:"projects"`
}

// checkPermissions says for another account, or for who asks, which of the
// issues a permission holds for. Only administrators may ask about others.
func checkPermissions(a ask) (int, any) {
	var asked struct {
		Account string    `json:"accountId"`
		Of      []checked `json:"projectPermissions"`
	}
	if err := json.NewDecoder(a.Body).Decode(&asked); err != nil {
		return http.StatusBadRequest, object{"errorMessages": []string{"Invalid request payload."}}
	}
	who := a.who
	if asked.Account != "" && asked.Account != who {
		if !a.world.MayAdminister(a.who) {
			return http.StatusForbidden, problem("You do not have permission to check the permissions of others.")
		}
		who = asked.Account
	}
	out := []object{}
	for _, part := range asked.Of {
		issues := []int64{}
		for _, i := range a.world.Issues {
			if slices.Contains(part.Issues, i.ID) && a.world.MaySee(who, i) {
				issues = append(issues, i.ID)
			}
		}
		for _, permission := range part.Permissions {
			granted := object{"permission": permission, "issues": issues, "projects": []int64{}}
			if permission != Browse {
				granted["issues"] = []int64{}
			}
			out = append(out, granted)
		}
	}
	return http.StatusOK, object{"globalPermissions": []string{}, "projectPermissions": out}
}

// Key returns the key of an issue id, or "", for tests.
func (w *World) Key(id string) string {
	i := find(w.Issues, func(i *Issue) bool { return strconv.FormatInt(i.ID, 10) == id })
	if i == nil {
		return ""
	}
	return i.Key
}
