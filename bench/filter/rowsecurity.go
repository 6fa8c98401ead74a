package filter

import (
	"fmt"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// goodRecall is what row security has to find to be compared: quick and wrong does
// not count.
const goodRecall = 0.99

// rival is a policy of row security, written so that every row is scored and so
// that HNSW is gone down: of the two the quicker one counts that finds enough.
type rival struct {
	name  string
	ways  [2]string
	bound float64
}

func rivals() []rival {
	return []rival{{"EXISTS", [2]string{nameExists, nameExistsHNSW}, 13.5}, {"tuned", [2]string{nameTuned, nameTunedHNSW}, 5}}
}

// best is the quicker of a rival's ways at a share; nil where neither was measured
// or finds enough.
func (v rival) best(share float64, cells map[cellKey]*cell, costs func(*cell) []float64) (name string, best *cell) {
	for _, way := range v.ways {
		c := cells[cellKey{way, share}]
		if c == nil || mean(c.recall) < goodRecall || c.leaks > 0 {
			continue
		}
		if best == nil || measure.Quantile(costs(c), 0.5) < measure.Quantile(costs(best), 0.5) {
			name, best = way, c
		}
	}
	return name, best
}

// aboutPostgres adds what was measured in PostgreSQL, or says that nothing was.
func (s *stage) aboutPostgres(r *report.Report, cells map[cellKey]*cell) []string {
	if s.postgres.scratch == nil {
		return []string{"PostgreSQL was not measured: --postgres-env names the environment variable that holds the connection string of a server."}
	}
	for name, version := range s.postgres.scratch.Versions {
		r.World[name] = version
	}
	costs := s.postgres.costs
	t := report.Table{Title: "Row security / ours on pgvector without the gate, " + s.postgres.unit(), Head: []string{"", "ours p50 ms", "EXISTS, the quicker", "×", "tuned, the quicker", "×"}}
	for _, share := range s.Shares {
		ours := cells[cellKey{nameScopeMemory, share}]
		if ours == nil {
			continue
		}
		row := []string{percent(share), report.Number(measure.Quantile(costs(ours), 0.5) / 1e3)}
		for _, v := range rivals() {
			if name, c := v.best(share, cells, costs); c != nil {
				row = append(row, name, report.Range(paired(costs(c), costs(ours))))
			} else {
				row = append(row, "none finds enough", "")
			}
		}
		t.Rows = append(t.Rows, row)
	}
	r.Tables = append(r.Tables, t)
	return []string{
		"Ways in PostgreSQL are compared " + s.postgres.unit() + ", the server's and this program's together where the server is on this machine; row security runs without parallel workers. Of scoring every row and of HNSW the quicker counts that finds " + fmt.Sprint(goodRecall) + " of the right results.",
		"Row security's tables say the same as the relationships: each document has a label for its project, or for its project and level together, and one for each person whom it is shared with; each user has the labels that it holds, of all groups. What the policies let through is judged like everything else.",
		"Ours on pgvector holds its vectors in memory, as by default; that memory is in the table. In SQL alone it holds none.",
	}
}

// rowSecurityGoals are the ratios at the share where they are least, and their
// median over the shares.
func (s *stage) rowSecurityGoals(cells map[cellKey]*cell) (goals []report.Goal) {
	costs := s.postgres.costs
	for _, v := range rivals() {
		var ratios []float64
		for _, share := range s.Shares {
			ours := cells[cellKey{nameScopeMemory, share}]
			if _, c := v.best(share, cells, costs); c != nil && ours != nil {
				ratios = append(ratios, paired(costs(c), costs(ours)).Value)
			}
		}
		if len(ratios) == 0 {
			continue
		}
		goals = append(goals,
			report.Goal{Name: "row security, " + v.name + " / ours on pgvector, median of shares", Value: measure.Quantile(ratios, 0.5), Bound: v.bound, AtLeast: true},
			report.Goal{Name: "row security, " + v.name + " / ours on pgvector, least of shares", Value: measure.Quantile(ratios, 0), Bound: v.bound, AtLeast: true})
	}
	if ours := s.sum(cells, nameScopeMemory); ours != nil {
		goals = append(goals, report.Goal{Name: "ours on pgvector: recall", Value: mean(ours.recall), Bound: goodRecall, AtLeast: true},
			report.Goal{Name: "ours on pgvector: leaks", Value: float64(ours.leaks)}, report.Goal{Name: "ours on pgvector: short lists", Value: float64(ours.short)})
	}
	return goals
}
