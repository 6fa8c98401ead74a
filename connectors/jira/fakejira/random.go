package fakejira

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// Reader is the account of [Random] that a connector asks with. It administers
// Jira, and is in every group, role and level, as Jira wants of an account that
// is to see everything.
const (
	Reader      = "reader"
	ReaderEmail = "reader@example.com"
	ReaderToken = "reader-token"
	readers     = "g-readers"
)

// Random makes up a site that has every permission concept in it: users of all
// kinds (as many as asked for, beside the Reader), groups, application access,
// roles, schemes with all holders, levels, team-managed and archived projects,
// restricted and internal comments.
func Random(rng *rand.Rand, users, issues int) *World {
	w := &World{Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Admins: readers}
	w.people(rng, users)
	w.Roles = []*Role{{10001, "Administrators"}, {10002, "Developers"}, {10003, "Viewers"}, {10004, "Service Desk Team"}}
	w.Fields = []*Field{{ID: "customfield_10100", Name: "Approver"}, {ID: "customfield_10101", Name: "Watching", Many: true},
		{ID: "customfield_10200", Name: "Team", Groups: true}, {ID: "customfield_10201", Name: "Teams", Groups: true, Many: true}}
	for n := range 4 {
		s := &PermissionScheme{ID: int64(100 + n), Name: fmt.Sprintf("scheme %d", n), Grants: []Grant{{ID: int64(n), Permission: Browse, Holder: Holder{GroupHolder, readers}}}}
		for range 1 + rng.IntN(3) {
			s.Grants = append(s.Grants, Grant{ID: rng.Int64N(1 << 30), Permission: Browse, Holder: w.holder(rng)})
		}
		s.Grants = append(s.Grants, Grant{ID: rng.Int64N(1 << 30), Permission: "EDIT_ISSUES", Holder: Holder{AppAccess, ""}}, Grant{ID: rng.Int64N(1 << 30), Permission: Browse, Holder: Holder{Portal, ""}})
		w.Permissions = append(w.Permissions, s)
	}
	for n := range 2 {
		s := &SecurityScheme{ID: int64(200 + n), Name: fmt.Sprintf("security %d", n)}
		for m := range 3 {
			l := &Level{ID: int64(300 + 10*n + m), Name: fmt.Sprintf("level %d", m), Members: []Holder{{GroupHolder, readers}}}
			for range 1 + rng.IntN(2) {
				l.Members = append(l.Members, w.holder(rng))
			}
			s.Levels = append(s.Levels, l)
		}
		w.SecuritySchemes = append(w.SecuritySchemes, s)
	}
	w.projects(rng)
	for n := range issues {
		w.issue(rng, n)
	}
	return w
}

func (w *World) people(rng *rand.Rand, users int) {
	w.Users = []*User{{ID: Reader, Name: "Reader", Email: ReaderEmail, Kind: "atlassian", Active: true, Token: ReaderToken}}
	w.Groups = []*Group{{ID: readers, Name: "eyeshot-readers", Members: []string{Reader}}, {ID: "g-software", Name: "jira-software-users"}, {ID: "g-agents", Name: "jira-servicedesk-users"}}
	for n := range 6 {
		w.Groups = append(w.Groups, &Group{ID: fmt.Sprintf("g-%d", n), Name: fmt.Sprintf("team %d", n), Members: []string{Reader}})
	}
	w.Applications = []*Application{{"jira-software", "Jira", []string{"g-software", readers}}, {"jira-servicedesk", "Jira Service Management", []string{"g-agents"}}}
	for n := range users {
		u := &User{ID: fmt.Sprintf("acc-%02d", n), Name: fmt.Sprintf("User %d", n), Email: fmt.Sprintf("user%02d@example.com", n), Kind: "atlassian", Active: true, Token: fmt.Sprintf("token-%02d", n)}
		w.Users = append(w.Users, u)
		switch n {
		case 0:
			u.Active = false
		case 1:
			u.Kind = "customer"
		case 2:
			u.Kind = "app"
		case 3:
			u.HidesEmail = true
		}
		if n != 4 { // who has no application
			w.join(rng, u)
		}
	}
}

func (w *World) join(rng *rand.Rand, u *User) {
	access := w.Groups[1]
	if rng.IntN(4) == 0 {
		access = w.Groups[2]
	}
	access.Members = append(access.Members, u.ID)
	for _, g := range w.Groups[3:] {
		if rng.IntN(4) == 0 {
			g.Members = append(g.Members, u.ID)
		}
	}
}

func (w *World) projects(rng *rand.Rand) {
	for n, key := range []string{"PAY", "WEB", "OPS", "DESK", "TEAM", "OLD"} {
		p := &Project{ID: int64(10000 + n), Key: key, Name: key, Lead: w.someone(rng), Kind: "software", PermissionsID: w.Permissions[rng.IntN(len(w.Permissions))].ID, Actors: map[int64]*Actors{}}
		if n < 4 {
			p.SecurityScheme = w.SecuritySchemes[n%2].ID
		}
		switch key {
		case "DESK":
			p.Kind = "service_desk"
		case "TEAM":
			p.TeamManaged = true
		case "OLD":
			p.Archived = true
		}
		for _, r := range w.Roles {
			p.Actors[r.ID] = &Actors{Users: []string{Reader, w.someone(rng), w.someone(rng)}, Groups: []string{w.team(rng)}}
		}
		w.Projects = append(w.Projects, p)
	}
}

// holder is any holder, each kind as likely as the next.
func (w *World) holder(rng *rand.Rand) Holder {
	switch rng.IntN(14) {
	case 0:
		return Holder{Anyone, ""}
	case 1:
		return Holder{AppAccess, ""}
	case 2:
		return Holder{AppAccess, w.Applications[rng.IntN(2)].Key}
	case 3, 4:
		return Holder{Assignee, ""}
	case 5:
		return Holder{GroupField, w.Fields[2+rng.IntN(2)].ID}
	case 6:
		return Holder{Lead, ""}
	case 7, 8:
		return Holder{RoleHolder, fmt.Sprint(w.Roles[rng.IntN(4)].ID)}
	case 9, 10:
		return Holder{Reporter, ""}
	case 11:
		return Holder{UserHolder, w.someone(rng)}
	case 12:
		return Holder{UserField, w.Fields[rng.IntN(2)].ID}
	}
	return Holder{GroupHolder, w.team(rng)}
}

// someone is any account but the Reader.
func (w *World) someone(rng *rand.Rand) string { return w.Users[1+rng.IntN(len(w.Users)-1)].ID }

// team is any group but those that the Reader and application access hang on.
func (w *World) team(rng *rand.Rand) string { return w.Groups[3+rng.IntN(len(w.Groups)-3)].ID }

func (w *World) issue(rng *rand.Rand, n int) {
	p := w.Projects[n%len(w.Projects)]
	at := w.Now.Add(-time.Duration(1000-n) * time.Minute)
	i := &Issue{ID: int64(20000 + n), Key: fmt.Sprintf("%s-%d", p.Key, n+1), Project: p.ID, Summary: fmt.Sprintf("Issue %d", n), Description: Paragraph(fmt.Sprintf("What issue %d is about.", n)),
		Kind: "Bug", Status: "Open", Reporter: w.someone(rng), Assignee: w.someone(rng), Values: map[string][]string{}, Created: at, Updated: at}
	w.fill(rng, i)
	if s := w.Security(p.SecurityScheme); s != nil && rng.IntN(2) == 0 {
		i.Level = s.Levels[rng.IntN(len(s.Levels))].ID
	}
	if p.TeamManaged && rng.IntN(3) == 0 {
		i.RestrictedTo = []int64{w.Roles[rng.IntN(4)].ID}
	}
	comments := rng.IntN(4)
	if n == 7 {
		comments = commentsInSearch + 5
	}
	for m := range comments {
		c := &Comment{ID: int64(30000 + 100*n + m), Author: w.someone(rng), Body: Paragraph(fmt.Sprintf("Comment %d on issue %d.", m, n)), Created: at, Updated: at}
		w.narrow(rng, p, c)
		i.Comments = append(i.Comments, c)
	}
	w.Issues = append(w.Issues, i)
}

// fill puts users and groups into the custom fields.
func (w *World) fill(rng *rand.Rand, i *Issue) {
	for _, f := range w.Fields {
		if i.Values[f.ID] = nil; rng.IntN(2) == 0 {
			continue
		}
		for range 1 + rng.IntN(2) {
			value := w.someone(rng)
			if f.Groups {
				value = w.team(rng)
			}
			i.Values[f.ID] = append(i.Values[f.ID], value)
			if !f.Many {
				break
			}
		}
	}
}

// narrow makes a comment one for all, for a group, for a role or internal.
func (w *World) narrow(rng *rand.Rand, p *Project, c *Comment) {
	c.Group, c.Role, c.Internal = "", 0, false
	switch rng.IntN(5) {
	case 0:
		c.Group = w.team(rng)
	case 1:
		c.Role = w.Roles[rng.IntN(4)].ID
	case 2:
		c.Internal = p.Kind == "service_desk"
	}
}

// Paragraph is a text in Atlassian's document format.
func Paragraph(text string) json.RawMessage {
	out, err := json.Marshal(object{"type": "doc", "version": 1, "content": []object{{"type": "paragraph", "content": []object{{"type": "text", "text": text}}}}})
	if err != nil {
		return nil
	}
	return out
}
