package fakejira

import (
	"slices"
	"strconv"
)

// MayLogIn says whether an account may use Jira at all: it is active, a
// person's, and in a group that gives access to an application. Portal-only
// customers and apps have no business here.
func (w *World) MayLogIn(who string) bool {
	user := w.User(who)
	if user == nil || !user.Active || user.Kind != "atlassian" {
		return false
	}
	return slices.ContainsFunc(w.Applications, func(a *Application) bool { return w.has(a, who) })
}

func (w *World) has(a *Application, who string) bool {
	return slices.ContainsFunc(a.Groups, func(group string) bool { return w.in(group, who) })
}

func (w *World) in(group, who string) bool {
	g := w.Group(group)
	return g != nil && slices.Contains(g.Members, who)
}

// InRole says whether an account has a role in a project, by itself or by one
// of its groups.
func (w *World) InRole(p *Project, role int64, who string) bool {
	actors := p.Actors[role]
	if actors == nil {
		return false
	}
	return slices.Contains(actors.Users, who) || slices.ContainsFunc(actors.Groups, func(g string) bool { return w.in(g, who) })
}

// holds says whether somebody is a holder, with regard to an issue. who is ""
// for one who is not logged in.
func (w *World) holds(h Holder, who string, p *Project, i *Issue) bool {
	if h.Kind == Anyone {
		return true
	}
	if who == "" {
		return false
	}
	switch h.Kind {
	case AppAccess:
		return h.Value == "" || slices.ContainsFunc(w.Applications, func(a *Application) bool { return a.Key == h.Value && w.has(a, who) })
	case GroupHolder:
		return w.in(h.Value, who)
	case RoleHolder:
		id, err := strconv.ParseInt(h.Value, 10, 64)
		return err == nil && w.InRole(p, id, who)
	case UserHolder:
		return h.Value == who
	case Lead:
		return p.Lead == who
	case Reporter:
		return i.Reporter == who
	case Assignee:
		return i.Assignee == who
	case UserField:
		return slices.Contains(i.Values[h.Value], who)
	case GroupField:
		return slices.ContainsFunc(i.Values[h.Value], func(g string) bool { return w.in(g, who) })
	}
	return false // the portal's holder is for the portal alone
}

// MayBrowse says whether somebody holds "Browse projects" for an issue.
func (w *World) MayBrowse(who string, i *Issue) bool {
	if who != "" && !w.MayLogIn(who) {
		return false
	}
	p := w.Project(i.Project)
	if p == nil {
		return false
	}
	scheme := w.Scheme(p.PermissionsID)
	return scheme != nil && slices.ContainsFunc(scheme.Grants, func(g Grant) bool {
		return g.Permission == Browse && w.holds(g.Holder, who, p, i)
	})
}

// MaySee says whether somebody may see an issue: browse its project, and belong
// to its security level where it has one. Administrators get no exception.
func (w *World) MaySee(who string, i *Issue) bool {
	if !w.MayBrowse(who, i) {
		return false
	}
	p := w.Project(i.Project)
	if len(i.RestrictedTo) > 0 {
		return who != "" && slices.ContainsFunc(i.RestrictedTo, func(role int64) bool { return w.InRole(p, role, who) })
	}
	if i.Level == 0 {
		return true
	}
	level := w.Security(p.SecurityScheme).Level(i.Level)
	return level != nil && slices.ContainsFunc(level.Members, func(h Holder) bool { return w.holds(h, who, p, i) })
}

// MaySeeComment says whether somebody who may see the issue may see a comment
// on it.
func (w *World) MaySeeComment(who string, i *Issue, c *Comment) bool {
	switch {
	case !w.MaySee(who, i):
		return false
	case c.Group != "":
		return w.in(c.Group, who)
	case c.Role != 0:
		return who != "" && w.InRole(w.Project(i.Project), c.Role, who)
	case c.Internal:
		return who != "" // all who work in Jira, nobody outside of it
	}
	return true
}

// InSearch says whether a search tells an issue: those of an archived project
// are left out, even for those who may open them by their link.
func (w *World) InSearch(who string, i *Issue) bool {
	p := w.Project(i.Project)
	return p != nil && !p.Archived && w.MaySee(who, i)
}

// MayAdminister says whether an account has "Administer Jira".
func (w *World) MayAdminister(who string) bool { return w.MayLogIn(who) && w.in(w.Admins, who) }

// MaySeeProject says whether a project is listed: to who browses it, or might
// browse some issue of it, and to administrators.
func (w *World) MaySeeProject(who string, p *Project) bool {
	if w.MayAdminister(who) {
		return true
	}
	if who != "" && !w.MayLogIn(who) {
		return false
	}
	scheme := w.Scheme(p.PermissionsID)
	return scheme != nil && slices.ContainsFunc(scheme.Grants, func(g Grant) bool {
		if g.Permission != Browse {
			return false
		}
		switch g.Holder.Kind {
		case Reporter, Assignee, UserField, GroupField:
			return who != "" // holders by issue show the project to everybody
		}
		return w.holds(g.Holder, who, p, &Issue{})
	})
}
