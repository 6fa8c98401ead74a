package fakejira

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Mutate makes one random change to who may see what, and says which. A minute
// passes.
func (w *World) Mutate(rng *rand.Rand) string {
	w.Now = w.Now.Add(time.Minute)
	changes := []func(*rand.Rand) string{
		w.changeMembership, w.changeMembership, w.changeMembership, w.changeActor, w.changeActor, w.changeGrant, w.changeGrant, w.changeScheme,
		w.changeLevelMember, w.changeLevelMember, w.changeIssue, w.changeIssue, w.changeIssue, w.changeComment, w.changeComment, w.changeAccount,
		w.changeProject, w.changeAccess, w.moveIssue, w.deleteSomething,
	}
	return changes[rng.IntN(len(changes))](rng)
}

// toggle puts one in where it is missing, and takes it out where it is not.
func toggle[T comparable](all []T, one T) []T {
	if n := slices.Index(all, one); n >= 0 {
		return slices.Delete(slices.Clone(all), n, n+1)
	}
	return append(slices.Clone(all), one)
}

func (w *World) changeMembership(rng *rand.Rand) string {
	g, who := w.Group(w.team(rng)), w.someone(rng)
	g.Members = toggle(g.Members, who)
	return fmt.Sprintf("membership of %s in %s", who, g.ID)
}

func (w *World) changeAccess(rng *rand.Rand) string {
	g, who := w.Groups[1+rng.IntN(2)], w.someone(rng)
	g.Members = toggle(g.Members, who)
	return fmt.Sprintf("application access of %s by %s", who, g.ID)
}

func (w *World) changeActor(rng *rand.Rand) string {
	p, r := w.Projects[rng.IntN(len(w.Projects))], w.Roles[rng.IntN(len(w.Roles))]
	has := p.Actors[r.ID]
	if rng.IntN(2) == 0 {
		has.Groups = toggle(has.Groups, w.team(rng))
	} else {
		has.Users = toggle(has.Users, w.someone(rng))
	}
	return fmt.Sprintf("actors of %s in %s", r.Name, p.Key)
}

// changeGrant adds a grant or takes one away, but never the Reader's.
func (w *World) changeGrant(rng *rand.Rand) string {
	s := w.Permissions[rng.IntN(len(w.Permissions))]
	if n := rng.IntN(len(s.Grants)); n > 0 && len(s.Grants) > 3 {
		s.Grants = slices.Delete(slices.Clone(s.Grants), n, n+1)
	} else {
		s.Grants = append(s.Grants, Grant{ID: rng.Int64N(1 << 30), Permission: Browse, Holder: w.holder(rng)})
	}
	return "grants of " + s.Name
}

func (w *World) changeScheme(rng *rand.Rand) string {
	p := w.Projects[rng.IntN(len(w.Projects))]
	p.PermissionsID = w.Permissions[rng.IntN(len(w.Permissions))].ID
	return "permission scheme of " + p.Key
}

func (w *World) changeLevelMember(rng *rand.Rand) string {
	s := w.SecuritySchemes[rng.IntN(len(w.SecuritySchemes))]
	l := s.Levels[rng.IntN(len(s.Levels))]
	if n := rng.IntN(len(l.Members)); n > 0 {
		l.Members = slices.Delete(slices.Clone(l.Members), n, n+1)
	} else {
		l.Members = append(l.Members, w.holder(rng))
	}
	return fmt.Sprintf("members of level %d", l.ID)
}

func (w *World) changeIssue(rng *rand.Rand) string {
	i := w.Issues[rng.IntN(len(w.Issues))]
	p := w.Project(i.Project)
	i.Updated = w.Now
	switch rng.IntN(4) {
	case 0:
		i.Reporter = w.someone(rng)
	case 1:
		i.Assignee = w.someone(rng)
	case 2:
		w.fill(rng, i)
	case 3:
		w.relevel(rng, p, i)
	}
	return "fields of " + i.Key
}

func (w *World) relevel(rng *rand.Rand, p *Project, i *Issue) {
	i.Level, i.RestrictedTo = 0, nil
	if s := w.Security(p.SecurityScheme); s != nil && rng.IntN(3) > 0 {
		i.Level = s.Levels[rng.IntN(len(s.Levels))].ID
	}
	if p.TeamManaged && rng.IntN(2) == 0 {
		i.RestrictedTo = []int64{w.Roles[rng.IntN(4)].ID}
	}
}

func (w *World) changeComment(rng *rand.Rand) string {
	i := w.Issues[rng.IntN(len(w.Issues))]
	p := w.Project(i.Project)
	i.Updated = w.Now
	if len(i.Comments) == 0 {
		i.Comments = append(i.Comments, &Comment{ID: 900000 + rng.Int64N(1<<30), Author: w.someone(rng), Body: Paragraph("A comment that came later."), Created: w.Now})
	}
	c := i.Comments[rng.IntN(len(i.Comments))]
	c.Updated = w.Now
	w.narrow(rng, p, c)
	return "who a comment is for on " + i.Key
}

func (w *World) changeAccount(rng *rand.Rand) string {
	u := w.User(w.someone(rng))
	u.Active = !u.Active
	return "activity of " + u.ID
}

func (w *World) changeProject(rng *rand.Rand) string {
	p := w.Projects[rng.IntN(len(w.Projects))]
	if rng.IntN(2) == 0 {
		p.Lead = w.someone(rng)
		return "lead of " + p.Key
	}
	if p.Key == "PAY" || p.Key == "TEAM" { // something has to stay
		return "nothing"
	}
	p.Archived = !p.Archived
	return "archiving of " + p.Key
}

// moveIssue moves an issue to another project: its key changes, its id stays.
func (w *World) moveIssue(rng *rand.Rand) string {
	i, p := w.Issues[rng.IntN(len(w.Issues))], w.Projects[rng.IntN(len(w.Projects))]
	if p.ID == i.Project {
		return "nothing"
	}
	i.FormerKeys = append(i.FormerKeys, i.Key)
	i.Project, i.Updated = p.ID, w.Now
	i.Key = fmt.Sprintf("%s-%d", p.Key, 1000+rng.IntN(1<<20))
	w.relevel(rng, p, i)
	return "project of " + strings.Join(i.FormerKeys, ", ")
}

func (w *World) deleteSomething(rng *rand.Rand) string {
	n := rng.IntN(len(w.Issues))
	i := w.Issues[n]
	if len(i.Comments) > 0 && rng.IntN(3) > 0 {
		i.Comments, i.Updated = i.Comments[1:], w.Now
		return "a deleted comment on " + i.Key
	}
	if len(w.Issues) < 20 {
		return "nothing"
	}
	w.Issues = slices.Delete(w.Issues, n, n+1)
	return "deleted " + i.Key
}
