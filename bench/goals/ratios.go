package goals

import (
	"strings"

	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// ratio is one line of what the product promises, and where its figure comes from.
type ratio struct {
	name    string
	bound   float64
	atLeast bool
	bench   string // that makes the figure
	goal    string // how that benchmark's own name for it begins
	needs   string // what the benchmark lacks where it has no such figure
}

const (
	needsPostgres = "needs --postgres-env"
	needsWays     = "needs the ways of searching that it compares"
	madeNone      = "its benchmark ran and made no such figure"
)

// ratios are all of them, in the order in which they are shown.
func ratios() []ratio {
	return []ratio{
		{"filter tax: pre-filter / no permissions, up to 5% allowed", 1, false, "filter", "filter tax, up to 5%", needsWays},
		{"filter tax: pre-filter / no permissions, at worst", 1.5, false, "filter", "filter tax, worst", needsWays},
		{"filter tax: whole search with the gate / no permissions, at worst", 2, false, "filter", "filter tax with the gate", needsWays},
		{"oracle gap: time of ours / a private index, at worst", 1.5, false, "filter", "oracle gap, worst", needsWays},
		{"oracle gap: memory of ours / a private index of all documents", 1.1, false, "filter", "oracle gap, memory", needsWays},
		{"RLS: row security with EXISTS policies / ours on pgvector, median of shares", 13.5, true, "filter", "row security, EXISTS / ours on pgvector, median", needsPostgres},
		{"RLS: row security with EXISTS policies / ours on pgvector, at worst", 13.5, true, "filter", "row security, EXISTS / ours on pgvector, least", needsPostgres},
		{"RLS: tuned row security / ours on pgvector, median of shares", 5, true, "filter", "row security, tuned / ours on pgvector, median", needsPostgres},
		{"RLS: tuned row security / ours on pgvector, at worst", 5, true, "filter", "row security, tuned / ours on pgvector, least", needsPostgres},
		{"RLS: our recall on pgvector", 0.99, true, "filter", "ours on pgvector: recall", needsPostgres},
		{"list then filter: OpenFGA's list and an id filter / ours, 10,000 allowed", 100, true, "filter", "list, then filter / ours", needsWays},
		{"over-fetch: over-fetch and BatchCheck / ours, 1% allowed", 10, true, "filter", "over-fetch, doubling / ours", needsWays},
		{"recall while permissions change, exact store", 1, true, "revoke", "recall under grants and revocations", ""},
		{"leaks while everything changes", 0, false, "churn", "leaks", ""},
		{"short lists, unexplained, while everything changes", 0, false, "churn", "unexplained short lists", ""},
		{"revocation: acknowledged before the search began, shown all the same", 0, false, "revoke", "revocation: ", ""},
		{"revocation: leaving a group that reaches 10,000 documents / one that reaches 1", 2, false, "index", "leaving a group", ""},
		{"scan: bytes scanned a second / memory bandwidth, at worst", 0.7, true, "scan", "scan / plain read", ""},
	}
}

// figure is a goal that a benchmark reported.
type figure struct {
	bench string
	report.Goal
}

// line is what is shown of a ratio: the figure that a benchmark made, or that it
// made none. used is its place among the figures; -1 where there is none. postgres
// says that there was a server to measure.
func (r ratio) line(figures []figure, postgres bool) (goal report.Goal, used int) {
	for i, f := range figures {
		if f.bench == r.bench && strings.HasPrefix(f.Name, r.goal) {
			goal = f.Goal
			goal.Name, goal.Bound, goal.AtLeast = r.name, r.bound, r.atLeast
			return goal, i
		}
	}
	why := r.needs
	if why == "" || why == needsPostgres && postgres {
		why = madeNone
	}
	return report.Goal{Name: r.name, Bound: r.bound, AtLeast: r.atLeast, NotRun: why}, -1
}

// arrange puts the ratios first, and behind them what else benchmarks hold
// themselves to.
func arrange(figures []figure, postgres bool) (goals []report.Goal, promised int) {
	used := map[int]bool{}
	for _, r := range ratios() {
		goal, at := r.line(figures, postgres)
		goals, used[at] = append(goals, goal), true
	}
	promised = len(goals)
	for i, f := range figures {
		if !used[i] {
			goals = append(goals, f.Goal)
		}
	}
	return goals, promised
}
