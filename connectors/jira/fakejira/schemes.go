package fakejira

import (
	"net/http"
	"slices"
	"strconv"
)

// holderBean is a holder as Jira gives it: value is what to go by, parameter is
// the same but for a group, where it is the name.
func holderBean(w *World, h Holder) object {
	out := object{"type": h.Kind}
	if h.Value == "" {
		return out
	}
	out["parameter"], out["value"] = h.Value, h.Value
	if g := w.Group(h.Value); h.Kind == GroupHolder && g != nil {
		out["parameter"] = g.Name
	}
	return out
}

func (a ask) schemeBean(s *PermissionScheme, whole bool) object {
	out := object{"id": s.ID, "name": s.Name}
	if !whole {
		return out
	}
	grants := []object{}
	for _, g := range s.Grants {
		grants = append(grants, object{"id": g.ID, "permission": g.Permission, "holder": holderBean(a.world, g.Holder)})
	}
	out["permissions"] = grants
	return out
}

func (a ask) expands() bool { return a.URL.Query().Get("expand") != "" }

func permissionSchemes(a ask) (int, any) {
	out := []object{}
	for _, s := range a.world.Permissions {
		out = append(out, a.schemeBean(s, a.expands()))
	}
	return http.StatusOK, object{"permissionSchemes": out}
}

func permissionScheme(a ask) (int, any) {
	s := a.world.Scheme(a.id("schemeId"))
	if s == nil {
		return notFound("The permission scheme")
	}
	return http.StatusOK, a.schemeBean(s, a.expands())
}

func projectPermissionScheme(a ask) (int, any) {
	p := a.project("projectKeyOrId")
	if p == nil {
		return notFound("The project")
	}
	return http.StatusOK, a.schemeBean(a.world.Scheme(p.PermissionsID), a.expands())
}

func securityBean(s *SecurityScheme) object {
	levels := []object{}
	for _, l := range s.Levels {
		levels = append(levels, object{"id": strconv.FormatInt(l.ID, 10), "name": l.Name})
	}
	return object{"id": s.ID, "name": s.Name, "levels": levels}
}

func securitySchemes(a ask) (int, any) {
	out := []object{}
	for _, s := range a.world.SecuritySchemes {
		out = append(out, securityBean(s))
	}
	return http.StatusOK, object{"issueSecuritySchemes": out}
}

func projectSecurityScheme(a ask) (int, any) {
	p := a.project("projectKeyOrId")
	if p == nil {
		return notFound("The project")
	}
	s := a.world.Security(p.SecurityScheme)
	if s == nil {
		return notFound("The issue security scheme")
	}
	return http.StatusOK, securityBean(s)
}

type member struct {
	scheme, level int64
	n             int
	holder        Holder
}

func levelMembers(a ask) (int, any) {
	schemes := a.URL.Query()["schemeId"]
	var all []member
	for _, s := range a.world.SecuritySchemes {
		if len(schemes) > 0 && !slices.Contains(schemes, strconv.FormatInt(s.ID, 10)) {
			continue
		}
		for _, l := range s.Levels {
			for n, h := range l.Members {
				all = append(all, member{s.ID, l.ID, n, h})
			}
		}
	}
	return http.StatusOK, page(a, all, func(m member) object {
		return object{"id": strconv.FormatInt(m.level*100+int64(m.n), 10), "issueSecurityLevelId": strconv.FormatInt(m.level, 10),
			"issueSecuritySchemeId": strconv.FormatInt(m.scheme, 10), "holder": holderBean(a.world, m.holder)}
	})
}
