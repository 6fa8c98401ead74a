package worlds

import (
	"fmt"
	"maps"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
)

// teamsOf is how many teams view each project of a world of real tickets.
const teamsOf = 12

// FromTickets makes a world of real tickets: at most size.Documents of them, drawn
// by the seed, with vectors that embed makes of their texts. Each project is viewed
// by twelve real teams, drawn by the seed, and by the teams inside of them.
// Principals are members of the teams, chosen as [FromMatrix] does.
func FromTickets(size GradedSize, t *Tickets, embed func(texts []string) ([][]float32, error), seed uint64) (*Graded, error) {
	size.Documents = min(size.Documents, len(t.tickets))
	w := newGraded(size, seed)
	if err := w.take(t, embed); err != nil {
		return nil, err
	}
	members := t.write(w)
	views := map[eyeshot.Object]map[int]bool{}
	for p := range w.projects {
		for _, at := range w.random.Perm(len(t.teams))[:min(teamsOf, len(t.teams))] {
			team := t.teams[at].object()
			w.write(w.projectOf(p), "viewer", eyeshot.Subject(team)+"#member")
			for _, user := range members[team] {
				if views[user] == nil {
					views[user] = map[int]bool{}
				}
				views[user][p] = true
			}
		}
	}
	var readers []reader
	for _, user := range slices.Sorted(maps.Keys(views)) {
		readers = append(readers, reader{user: user, projects: slices.Sorted(maps.Keys(views[user]))})
	}
	w.about["tickets"], w.about["teams"], w.about["sha256"] = t.Names[0], t.Names[1], t.SHA256
	w.about["distribution"] = fmt.Sprintf("real tickets in their %d projects; each viewed by %d of %d real teams, which are drawn; vectors of the tickets' texts; no levels", len(w.projects), teamsOf, len(t.teams))
	if !w.enlist(readers) {
		return nil, eyeshot.Invalid("teams", t.Names[1], fmt.Sprintf("have no %d members who may read near any of the shares %v", size.PerGrade, size.Shares))
	}
	w.shuffle()
	return w, nil
}

// take draws the tickets, and puts them into their projects.
func (w *Graded) take(t *Tickets, embed func([]string) ([][]float32, error)) error {
	numbers := map[string]int{}
	w.Texts = make([]string, w.Documents)
	for i, at := range w.random.Perm(len(t.tickets))[:w.Documents] {
		ticket := t.tickets[at]
		p := numbered(numbers, &w.names, ticket.Project)
		if p == len(w.projects) {
			w.projects = append(w.projects, nil)
		}
		w.projects[p] = append(w.projects[p], i)
		w.project[i], w.level[i] = p, noLevel
		w.Objects[i] = eyeshot.Object("ticket:jira/" + ticket.Key)
		w.Texts[i] = ticket.Title + "\n" + ticket.Description
		w.write(w.Objects[i], "project", eyeshot.Subject(w.projectOf(p)))
		w.write(w.Objects[i], "open", "user:*")
	}
	var err error
	if w.Vectors, err = embed(w.Texts); err != nil {
		return fmt.Errorf("embedding the tickets: %w", err)
	}
	return nil
}

func (t teamLine) object() eyeshot.Object {
	return eyeshot.Object("group:" + eyeshot.EscapeID(t.Org+"/"+t.Team))
}

// write writes who is in what, and returns the members of each team, with those
// of the teams inside of it.
func (t *Tickets) write(w *Graded) map[eyeshot.Object][]eyeshot.Object {
	direct, inside := map[eyeshot.Object][]eyeshot.Object{}, map[eyeshot.Object][]eyeshot.Object{}
	for _, team := range t.teams {
		object := team.object()
		people := slices.Concat(team.Members, team.Maintainers)
		slices.Sort(people)
		for _, person := range slices.Compact(people) {
			user := eyeshot.Object("user:" + eyeshot.EscapeID(person))
			direct[object] = append(direct[object], user)
			w.write(object, "member", eyeshot.Subject(user))
		}
		if team.Parent != "" {
			outer := teamLine{Org: team.Org, Team: team.Parent}.object()
			inside[outer] = append(inside[outer], object)
			w.write(outer, "member", eyeshot.Subject(object)+"#member")
		}
	}
	all := map[eyeshot.Object][]eyeshot.Object{}
	for _, team := range t.teams {
		object := team.object()
		seen := map[eyeshot.Object]bool{object: true}
		for next := []eyeshot.Object{object}; len(next) > 0; next = next[1:] {
			all[object] = append(all[object], direct[next[0]]...)
			for _, inner := range inside[next[0]] {
				if !seen[inner] {
					seen[inner] = true
					next = append(next, inner)
				}
			}
		}
	}
	return all
}
