package indexer_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot/connectors/access"
)

// shared is a file of the shared data; the test skips where they are absent.
func shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared data are not here: %v", err)
	}
	return path
}

// eachLine decodes a compressed file of JSON lines.
func eachLine[T any](t testing.TB, path string, do func(T)) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	zip, err := gzip.NewReader(file)
	require.NoError(t, err)
	lines := bufio.NewScanner(zip)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		var value T
		require.NoError(t, json.Unmarshal(lines.Bytes(), &value))
		do(value)
	}
	require.NoError(t, lines.Err())
}

// team is a real team, with its place in its organisation.
type team struct {
	Org, Team, Parent    string
	Members, Maintainers []string
}

// name is the team's group; a team is named by its organisation as well.
func (t team) name() string { return qualified(t.Org, t.Team) }

func qualified(org, name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return org + "/" + name
}

// teams derives who is in which group, and which project belongs to whom, from
// real teams. The projects, in order, go by turns to the teams that have teams
// in them and to other teams of at least five people, each in order.
type teams struct {
	groups   map[string][]string // subjects by group
	projects map[string]string   // group by project
}

func readTeams(t testing.TB, projects []string) teams {
	t.Helper()
	out := teams{groups: map[string][]string{}, projects: map[string]string{}}
	eachLine(t, shared(t, "k8s-teams.jsonl.gz"), func(k team) {
		name := k.name()
		out.groups[name] = append(out.groups[name], []string{}...)
		for _, person := range slices.Concat(k.Members, k.Maintainers) {
			out.groups[name] = append(out.groups[name], "user:"+person)
		}
		if k.Parent != "" {
			parent := qualified(k.Org, k.Parent)
			out.groups[parent] = append(out.groups[parent], "group:"+name)
		}
	})
	var nested, flat []string
	for name, members := range out.groups {
		switch {
		case slices.ContainsFunc(members, func(m string) bool { return strings.HasPrefix(m, "group:") }):
			nested = append(nested, name)
		case len(members) >= 5:
			flat = append(flat, name)
		}
	}
	slices.Sort(nested)
	slices.Sort(flat)
	slices.Sort(projects)
	for i, project := range projects {
		from := flat
		if i%2 == 0 {
			from = nested
		}
		out.projects[project] = from[i*len(from)/len(projects)]
	}
	return out
}

// pruned leaves the teams that have a project, and those in them.
func (t teams) pruned() teams {
	out := teams{groups: map[string][]string{}, projects: t.projects}
	var visit func(string)
	visit = func(group string) {
		if _, seen := out.groups[group]; seen {
			return
		}
		out.groups[group] = t.groups[group]
		for _, member := range t.groups[group] {
			if nested, ok := strings.CutPrefix(member, "group:"); ok {
				visit(nested)
			}
		}
	}
	for _, group := range t.projects {
		visit(group)
	}
	return out
}

// people returns everybody in a group, members of groups in it included.
func (t teams) people(group string) map[string]bool {
	out, seen := map[string]bool{}, map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, member := range t.groups[name] {
			if nested, ok := strings.CutPrefix(member, "group:"); ok {
				visit(nested)
				continue
			}
			out[member] = true
		}
	}
	visit(group)
	return out
}

// accessYAML is the access file for the tickets of these projects.
func (t teams) accessYAML(tb testing.TB) []byte {
	tb.Helper()
	projects := map[string]any{}
	for project, group := range t.projects {
		projects[project] = map[string][]string{"member": {"group:" + group}}
	}
	text, err := yaml.Marshal(map[string]any{
		"fields": map[string]any{
			"id": "{{key}}", "type": "ticket", "title": "{{title}}", "text": "{{description}}", "format": "jira",
			"metadata": map[string]string{"project": "{{project}}", "dataset": "{{dataset}}"},
		},
		"tenant":    map[string][]string{"admin": {"user:root"}},
		"groups":    t.groups,
		"projects":  projects,
		"documents": map[string]any{"ticket": map[string]any{"project": "{{project}}", "open": true}},
	})
	require.NoError(tb, err)
	return text
}

type ticket struct{ Key, Project, Title, Description string }

// tickets are the real ones, every n-th of them.
func tickets(t testing.TB, nth int) (all []ticket, projects []string) {
	t.Helper()
	seen := map[string]bool{}
	i := 0
	eachLine(t, shared(t, "tickets.jsonl.gz"), func(one ticket) {
		seen[one.Project] = true
		if i%nth == 0 {
			all = append(all, one)
		}
		i++
	})
	for project := range seen {
		projects = append(projects, project)
	}
	return all, projects
}

func accessOf(t testing.TB, derived teams) *access.File {
	t.Helper()
	file, err := access.Parse(derived.accessYAML(t))
	require.NoError(t, err)
	return file
}
