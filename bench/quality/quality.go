// Package quality measures how good the answers are: with everything readable,
// and under permissions, where an answer is judged against the relevant texts
// that its searcher may read. It measures no speed.
package quality

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// Options say what is measured.
type Options struct {
	Sets     []string // folders in the layout of BEIR
	Queries  int      // of each set, at most; all where it is 0
	Embedder embed.Embedder
	Seed     uint64 // of who may read what
}

// modes in the order of the tables.
func modes() []retriever.Mode {
	return []retriever.Mode{retriever.Keyword, retriever.Semantic, retriever.Hybrid}
}

// cell is what was measured of one set, mode and share, a value a question.
type cell struct {
	ours, private, overFetch []float64 // nDCG@10
	recalls                  []float64 // of ours, at 100
	same                     int       // answers that are those of a private index, in the same order
	differs                  float64   // the largest difference of a score
	short                    int       // over-fetched answers with fewer than 10, where there were more
}

type cellKey struct {
	set   string
	mode  retriever.Mode
	share int
}

// Run measures and reports.
func Run(ctx context.Context, o Options) (*report.Report, error) {
	if len(o.Sets) == 0 {
		return nil, eyeshot.Invalid("sets", "", "name no folder")
	}
	cells := map[cellKey]*cell{}
	r := &report.Report{World: map[string]any{
		"embedder": o.Embedder.Name(), "projects": projects, "shares": shares(),
		"distribution": "each text in one of the projects at random; a reader of N% views N of 100 projects",
	}}
	var names []string
	for _, dir := range o.Sets {
		s, err := readSet(dir)
		if err != nil {
			return nil, err
		}
		if o.Queries > 0 {
			s.queries = s.queries[:min(o.Queries, len(s.queries))]
		}
		names = append(names, s.name)
		r.World[s.name] = fmt.Sprintf("%d texts, %d questions", len(s.corpus), len(s.queries))
		if err := measureSet(ctx, o, s, cells); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(dir), err)
		}
	}
	fillReport(r, names, cells)
	return r, nil
}

func measureSet(ctx context.Context, o Options, s *set, cells map[cellKey]*cell) (err error) {
	site, err := newSite(ctx, o.Embedder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.Close()) }()
	place := spread(s.corpus, o.Seed)
	for _, share := range shares() {
		readable := slices.DeleteFunc(slices.Clone(s.corpus), func(t text) bool { return place[t.ID] >= share })
		if err := site.add(ctx, tenantOf(share), readable, place); err != nil {
			return err
		}
	}
	for _, mode := range modes() {
		for _, query := range s.queries {
			if err := measureQuery(ctx, site, s, place, mode, query, cells); err != nil {
				return err
			}
		}
	}
	return nil
}

// tenantOf is the tenant that holds what a share of the readers may read; that
// of 100 holds everything.
func tenantOf(share int) string { return fmt.Sprintf("private-%d", share) }

func measureQuery(ctx context.Context, site *site, s *set, place map[string]int, mode retriever.Mode, query text, cells map[cellKey]*cell) error {
	all, _, err := site.search(ctx, tenantOf(100), 100, mode, query.Text)
	if err != nil {
		return err
	}
	for _, share := range shares() {
		relevant := map[string]bool{}
		for id := range s.relevant[query.ID] {
			if p, known := place[id]; known && p < share {
				relevant[id] = true
			}
		}
		ours, scores, err := site.search(ctx, tenantOf(100), share, mode, query.Text)
		if err != nil {
			return err
		}
		private, privateScores, err := site.search(ctx, tenantOf(share), share, mode, query.Text)
		if err != nil {
			return err
		}
		key := cellKey{s.name, mode, share}
		if cells[key] == nil {
			cells[key] = &cell{}
		}
		fetched := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return place[id] >= share })
		cells[key].add(relevant, ours, private, fetched[:min(10, len(fetched))])
		cells[key].compare(ours, private, scores, privateScores)
	}
	return nil
}

func (c *cell) add(relevant map[string]bool, ours, private, fetched []string) {
	c.ours = append(c.ours, ndcg(ours, relevant, 10))
	c.recalls = append(c.recalls, recall(ours, relevant, 100))
	c.private = append(c.private, ndcg(private, relevant, 10))
	c.overFetch = append(c.overFetch, ndcg(fetched, relevant, 10))
	if len(fetched) < min(10, len(private)) {
		c.short++
	}
}

// compare holds an answer to a private index's, to the last place.
func (c *cell) compare(ours, private []string, scores, privateScores []float64) {
	if slices.Equal(ours, private) {
		c.same++
	}
	for i := range min(len(scores), len(privateScores)) {
		c.differs = max(c.differs, math.Abs(scores[i]-privateScores[i]))
	}
}
