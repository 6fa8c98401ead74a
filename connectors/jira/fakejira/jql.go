package fakejira

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query is a JQL query: clauses that all must hold, and an order.
type query struct {
	clauses []func(*World, *Issue) bool
	order   []func(a, b *Issue) int
}

var (
	orderBy = regexp.MustCompile(`(?i)\border\s+by\b`)
	and     = regexp.MustCompile(`(?i)\s+and\s+`)
	clause  = regexp.MustCompile(`(?is)^(\w+)\s*(>=|<=|!=|=|>|<|\bnot\s+in\b|\bin\b|\bis\s+not\b|\bis\b)\s*(.+)$`)
	ago     = regexp.MustCompile(`^-(\d+)([mhdw])$`)
)

// parse reads what this fake knows of JQL: project, key, id and updated, joined
// by AND, and ORDER BY key, id, created or updated. As in Jira, a query without
// a restriction is refused.
func parse(text string) (*query, error) {
	q := &query{}
	where, order := text, ""
	if at := orderBy.FindStringIndex(text); at != nil {
		where, order = text[:at[0]], text[at[1]:]
	}
	if strings.TrimSpace(where) == "" {
		return nil, fmt.Errorf("unbounded JQL queries are not allowed here: add a restriction")
	}
	for _, part := range and.Split(strings.TrimSpace(where), -1) {
		holds, err := parseClause(part)
		if err != nil {
			return nil, err
		}
		q.clauses = append(q.clauses, holds)
	}
	return q, q.parseOrder(order)
}

func parseClause(text string) (func(*World, *Issue) bool, error) {
	m := clause.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return nil, fmt.Errorf("error in the JQL query: %q is not understood", text)
	}
	field, op := strings.ToLower(m[1]), strings.Join(strings.Fields(strings.ToLower(m[2])), " ")
	values := list(m[3])
	switch field {
	case "project":
		if op == "is not" {
			return func(*World, *Issue) bool { return true }, nil
		}
		return equality(op, func(w *World, i *Issue) bool {
			p := w.Project(i.Project)
			return p != nil && (slices.Contains(values, p.Key) || slices.Contains(values, strconv.FormatInt(p.ID, 10)))
		})
	case "key", "issuekey", "issue", "id":
		if op == ">" || op == ">=" || op == "<" || op == "<=" {
			return func(_ *World, i *Issue) bool {
				return sameProject(i.Key, values[0]) && ordered(op, byKey(i.Key, values[0]))
			}, nil
		}
		return equality(op, func(_ *World, i *Issue) bool {
			return slices.Contains(values, i.Key) || slices.Contains(values, strconv.FormatInt(i.ID, 10))
		})
	case "updated", "updateddate":
		return func(w *World, i *Issue) bool {
			at, err := moment(w, values[0])
			return err == nil && ordered(op, i.Updated.Compare(at))
		}, nil
	}
	return nil, fmt.Errorf("field '%s' does not exist or you do not have permission to view it", field)
}

func equality(op string, holds func(*World, *Issue) bool) (func(*World, *Issue) bool, error) {
	switch op {
	case "=", "in":
		return holds, nil
	case "!=", "not in":
		return func(w *World, i *Issue) bool { return !holds(w, i) }, nil
	}
	return nil, fmt.Errorf("the operator '%s' is not supported here", op)
}

func ordered(op string, compared int) bool {
	switch op {
	case ">=":
		return compared >= 0
	case ">":
		return compared > 0
	case "<=":
		return compared <= 0
	case "<":
		return compared < 0
	}
	return compared == 0
}

func list(text string) []string {
	text = strings.TrimSpace(text)
	text = strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
	var out []string
	for _, part := range strings.Split(text, ",") {
		out = append(out, strings.Trim(strings.TrimSpace(part), `"'`))
	}
	return out
}

// moment reads "-5m" or "2026-01-02 15:04", which is cut to minutes, as Jira's
// times are in JQL.
func moment(w *World, text string) (time.Time, error) {
	if m := ago.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
		return w.Now.Add(-time.Duration(n) * unit), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006/01/02 15:04", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("date value '%s' for field 'updated' is invalid", text)
}

func (q *query) parseOrder(text string) error {
	for _, part := range strings.Split(text, ",") {
		words := strings.Fields(strings.ToLower(part))
		if len(words) == 0 {
			continue
		}
		by, known := map[string]func(a, b *Issue) int{
			"key": func(a, b *Issue) int { return byKey(a.Key, b.Key) }, "issuekey": func(a, b *Issue) int { return byKey(a.Key, b.Key) },
			"id":      func(a, b *Issue) int { return cmp.Compare(a.ID, b.ID) },
			"updated": func(a, b *Issue) int { return a.Updated.Compare(b.Updated) },
			"created": func(a, b *Issue) int { return a.Created.Compare(b.Created) },
		}[words[0]]
		if !known {
			return fmt.Errorf("not able to sort using field '%s'", words[0])
		}
		if len(words) > 1 && words[1] == "desc" {
			up := by
			by = func(a, b *Issue) int { return up(b, a) }
		}
		q.order = append(q.order, by)
	}
	return nil
}

// run returns the matching issues that somebody may find, in order.
func (q *query) run(w *World, who string) []*Issue {
	var out []*Issue
	for _, i := range w.Issues {
		matches := !slices.ContainsFunc(q.clauses, func(holds func(*World, *Issue) bool) bool { return !holds(w, i) })
		if matches && w.InSearch(who, i) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b *Issue) int {
		for _, by := range q.order {
			if c := by(a, b); c != 0 {
				return c
			}
		}
		return 0
	})
	return out
}

func sameProject(a, b string) bool {
	p, _, _ := strings.Cut(a, "-")
	o, _, _ := strings.Cut(b, "-")
	return p == o
}

// byKey orders keys as Jira does: by project, and by number in it.
func byKey(a, b string) int {
	p, m, _ := strings.Cut(a, "-")
	o, n, _ := strings.Cut(b, "-")
	x, _ := strconv.Atoi(m)
	y, _ := strconv.Atoi(n)
	return cmp.Or(strings.Compare(p, o), cmp.Compare(x, y))
}
