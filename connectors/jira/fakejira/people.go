package fakejira

import (
	"net/http"
	"slices"
)

func userBean(u *User) object {
	out := object{"accountId": u.ID, "accountType": u.Kind, "displayName": u.Name, "active": u.Active, "timeZone": "Etc/UTC", "self": "https://fake.example/rest/api/3/user?accountId=" + u.ID}
	if !u.HidesEmail {
		out["emailAddress"] = u.Email
	}
	return out
}

// person is a user in a field of an issue; nil where there is none.
func person(w *World, id string) any {
	u := w.User(id)
	if u == nil {
		return nil
	}
	return userBean(u)
}

func groupBean(g *Group) object { return object{"groupId": g.ID, "name": g.Name} }

// allUsers lists all accounts: active, deactivated and the portal's customers.
// It is a plain list, whose end shows only by a page that is empty.
func allUsers(a ask) (int, any) {
	return http.StatusOK, page(a, a.world.Users, userBean)["values"]
}

func getUser(a ask) (int, any) {
	u := a.world.User(a.URL.Query().Get("accountId"))
	if u == nil {
		return notFound("The user")
	}
	return http.StatusOK, userBean(u)
}

func userGroups(a ask) (int, any) {
	who := a.URL.Query().Get("accountId")
	if a.world.User(who) == nil {
		return notFound("The user")
	}
	out := []object{}
	for _, g := range a.world.Groups {
		if slices.Contains(g.Members, who) {
			out = append(out, groupBean(g))
		}
	}
	return http.StatusOK, out
}

func groups(a ask) (int, any) { return http.StatusOK, page(a, a.world.Groups, groupBean) }

func groupMembers(a ask) (int, any) {
	asked := a.URL.Query()
	g := find(a.world.Groups, func(g *Group) bool {
		return g.ID == asked.Get("groupId") || asked.Get("groupId") == "" && g.Name == asked.Get("groupname")
	})
	if g == nil {
		return notFound("The group")
	}
	accounts := map[string]*User{}
	for _, u := range a.world.Users {
		accounts[u.ID] = u
	}
	var members []*User
	for _, id := range g.Members {
		if u := accounts[id]; u != nil && (u.Active || asked.Get("includeInactiveUsers") == "true") {
			members = append(members, u)
		}
	}
	return http.StatusOK, page(a, members, userBean)
}

func applicationRoles(a ask) (int, any) {
	out := []object{}
	for _, app := range a.world.Applications {
		details, names := []object{}, []string{}
		for _, id := range app.Groups {
			if g := a.world.Group(id); g != nil {
				details, names = append(details, groupBean(g)), append(names, g.Name)
			}
		}
		out = append(out, object{"key": app.Key, "name": app.Name, "groups": names, "groupDetails": details, "defaultGroups": []string{}, "defined": true})
	}
	return http.StatusOK, out
}

func roles(a ask) (int, any) {
	out := []object{}
	for _, r := range a.world.Roles {
		out = append(out, object{"id": r.ID, "name": r.Name})
	}
	return http.StatusOK, out
}
