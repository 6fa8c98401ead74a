// Package filter measures what permissions cost a search: ways of searching
// under permissions, side by side on the same documents and questions, from
// principals who may read next to nothing to those who may read everything. A way
// that gives wrong answers is shown as wrong, not as fast.
package filter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
)

// Options say what is measured.
type Options struct {
	Documents int           // default 20,000
	Shares    []float64     // of the documents that principals may read; default 0.01% to 100%
	Queries   int           // of each share and way, over all its principals; default 60
	Limit     int           // results of a search; default 10
	Budget    time.Duration // for each way at each share, after which it asks no more; default 5 s
	Seed      uint64
	Only      []string // ways by name; all where it is empty
	Postgres  string   // connection string of a server to measure row security on; empty for none
	// Of what the world is made: a real access list, or real tickets and teams; made
	// up where both are nil.
	Matrix  *worlds.Matrix
	Tickets *worlds.Tickets

	Progress func(string)
}

const perGrade = 2 // principals of each share

func (o Options) withDefaults() (Options, error) {
	for _, field := range []struct {
		name                string
		value               *int
		initial, low, above int
	}{
		{"documents", &o.Documents, 20_000, 200, 5_000_000}, {"queries", &o.Queries, 60, 3, 1_000_000}, {"limit", &o.Limit, 10, 1, 100},
	} {
		if *field.value == 0 {
			*field.value = field.initial
		}
		if *field.value < field.low || *field.value > field.above {
			return o, eyeshot.Invalid(field.name, fmt.Sprint(*field.value), fmt.Sprintf("must be between %d and %d", field.low, field.above))
		}
	}
	if o.Budget == 0 {
		o.Budget = 5 * time.Second
	}
	if len(o.Shares) == 0 {
		o.Shares = []float64{0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 1}
	}
	for _, share := range o.Shares {
		if share <= 0 || share > 1 {
			return o, eyeshot.Invalid("shares", fmt.Sprint(share), "must be above 0 and at most 1")
		}
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o, nil
}

// Run measures and reports.
func Run(ctx context.Context, options Options) (_ *report.Report, err error) {
	options, err = options.withDefaults()
	if err != nil {
		return nil, err
	}
	s, err := newStage(ctx, options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	cells := map[cellKey]*cell{}
	for i, share := range s.Shares {
		options.Progress(fmt.Sprintf("share %g", share))
		if err := s.measure(ctx, i, cells); err != nil {
			return nil, err
		}
	}
	return s.report(cells), nil
}

// cellKey is one way at one share.
type cellKey struct {
	way   string
	share float64
}

// cell is what was measured there.
type cell struct {
	meter  *measure.Meter
	recall []float64
	checks []float64
	spent  time.Duration
	short  int // answers with fewer than there were to find
	leaks  int // results that may not be read
}

// measure asks the questions of one share, every way in turn, in an order that
// is drawn for each question. The questions are the same whatever ways there are.
func (s *stage) measure(ctx context.Context, grade int, cells map[cellKey]*cell) error {
	share, ways := s.Shares[grade], s.chosen
	questions, order := rand.New(rand.NewPCG(s.Seed, uint64(grade)+10)), rand.New(rand.NewPCG(s.Seed, uint64(grade)+1000))
	for n := range s.Queries {
		q := s.question(questions, grade*perGrade+n%perGrade)
		if err := s.postgres.refresh(ctx); err != nil {
			return err
		}
		for _, i := range order.Perm(len(ways)) {
			if ways[i].lacks != nil && ways[i].lacks(q) {
				continue
			}
			key := cellKey{ways[i].name, share}
			if cells[key] == nil {
				cells[key] = &cell{meter: &measure.Meter{Clock: measure.Process}}
				if _, err := ways[i].search(ctx, q); err != nil { // the first is not measured
					return fmt.Errorf("%s: %w", ways[i].name, err)
				}
			}
			if err := s.once(ctx, cells[key], ways[i], q); err != nil {
				return fmt.Errorf("%s: %w", ways[i].name, err)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) once(ctx context.Context, c *cell, w way, q question) error {
	const least = 3
	if c.spent > s.Budget && len(c.recall) >= least {
		return nil
	}
	var before time.Duration
	if w.elsewhere {
		before = s.postgres.used()
	}
	began := time.Now()
	var a answer
	if err := c.meter.Time(func() (err error) { a, err = w.search(ctx, q); return err }); err != nil {
		return err
	}
	c.spent += time.Since(began)
	if w.elsewhere {
		c.meter.CPU[len(c.meter.CPU)-1] += float64((s.postgres.used() - before).Nanoseconds()) / 1e3
	}
	found, leaked := s.judge(q, a)
	c.recall = append(c.recall, found)
	c.checks = append(c.checks, float64(a.checks))
	c.leaks += leaked
	if !w.ignores && len(a.refs) < len(q.truth) {
		c.short++
	}
	return nil
}

// judge returns the share of the right results that were found, and how many
// were found that may not be read.
func (s *stage) judge(q question, a answer) (recall float64, leaked int) {
	right := 0
	for _, ref := range a.refs {
		if slices.Contains(q.truth, ref.Object) {
			right++
		}
		if i, known := s.number[ref.Object]; !known || !q.allowed.Contains(uint32(i)) {
			leaked++
		}
	}
	if len(q.truth) == 0 {
		return 1, leaked
	}
	return float64(right) / float64(len(q.truth)), leaked
}

// choose are the ways that were asked for.
func choose(all []way, only []string) ([]way, error) {
	if len(only) == 0 {
		return all, nil
	}
	var names []string
	for _, w := range all {
		names = append(names, w.name)
	}
	for _, name := range only {
		if !slices.Contains(names, name) {
			return nil, eyeshot.Invalid("only", name, "is no way of searching: there are "+strings.Join(names, ", "))
		}
	}
	return slices.DeleteFunc(all, func(w way) bool { return !slices.Contains(only, w.name) }), nil
}
