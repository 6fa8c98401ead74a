// Package churn is the soak: the whole product under searches, permission
// changes, ingestion and restarts at once, and a judge that knows what was true
// at every moment. It counts what must never happen (a result that its searcher
// could read at no moment of the search) and what must not happen unsaid (a list
// that is short while there was more). It measures no speed.
//
// The judge is a history of every relationship and every text, with the order in
// which they changed, and a naive evaluation of the authorization model at any
// of its steps. It shares no code with the permission index, and is itself held
// to OpenFGA's own checks while the soak runs.
package churn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
)

// Options say how long the soak runs, and over what.
type Options struct {
	Dir       string        // for the product's data; "" for a temporary one
	Seed      uint64        // of the world and of what each goroutine does
	Duration  time.Duration // how long it runs; 0: until Searches
	Searches  int           // at least so many searches, as many changes, a quarter as many lots of documents; 0: until Duration
	Users     int           // default 24
	Documents int           // default 300
	Searchers int           // goroutines that search; default 2
	Fault     Fault         // what is broken on purpose
	Version   string        // of the program, for the product
	Progress  func(Result)  // where set, called now and then
}

func (o Options) withDefaults() (Options, error) {
	if o.Duration <= 0 && o.Searches <= 0 {
		return o, eyeshot.Invalid("duration", o.Duration.String(), "must be above 0")
	}
	for _, field := range []struct {
		value         *int
		name          string
		initial, most int
	}{{&o.Users, "users", 24, 500}, {&o.Documents, "documents", 300, 20_000}, {&o.Searchers, "searchers", 2, 64}} {
		if *field.value == 0 {
			*field.value = field.initial
		}
		if *field.value < 1 || *field.value > field.most {
			return o, eyeshot.Invalid(field.name, fmt.Sprint(*field.value), fmt.Sprintf("must be between 1 and %d", field.most))
		}
	}
	return o, o.Fault.validate()
}

// Run runs the soak and returns what it counted. An error means that it could
// not be run to its end, not that something was found: see [Result.Problems].
func Run(ctx context.Context, options Options) (result Result, err error) {
	options, err = options.withDefaults()
	if err != nil {
		return result, err
	}
	if options.Dir == "" {
		if options.Dir, err = os.MkdirTemp("", "eyeshot-churn-"); err != nil {
			return result, fmt.Errorf("making a temporary directory (TMPDIR says where): %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(options.Dir)) }()
	}
	s := &soak{options: options, world: newWorld(options), history: newHistory()}
	if err := s.open(ctx, shippedModel); err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, s.product.Close()) }()
	if err := s.build(ctx); err != nil {
		return result, err
	}
	s.began = time.Now()
	err = s.run(ctx)
	return s.result(), err
}

// soak is one run.
type soak struct {
	options Options
	world   *world
	history *history
	began   time.Time
	*product

	// running is held by each operation, and alone by whoever stops the product.
	running sync.RWMutex
	stopped atomic.Bool
	counts  counts
}

func (s *soak) run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for i := range s.options.Searchers {
		all.Go(func() error { return s.repeat(ctx, uint64(i), s.searchOnce) })
	}
	all.Go(func() error { return s.repeat(ctx, 100, counted(&s.counts.turns, s.newChanger().once)) })
	all.Go(func() error { return s.repeat(ctx, 101, counted(&s.counts.lots, s.newIngester().once)) })
	all.Go(func() error { return s.restarts(ctx) })
	if err := all.Wait(); err != nil {
		return err
	}
	return s.calm(context.WithoutCancel(ctx))
}

// repeat does something until the soak ends, never breaking it off in the
// middle: nobody would know how much of a change was made.
func (s *soak) repeat(ctx context.Context, stream uint64, once func(context.Context, *rand.Rand) error) error {
	r := rand.New(rand.NewPCG(s.options.Seed, stream))
	for !s.ended(ctx) {
		s.running.RLock()
		err := once(context.WithoutCancel(ctx), r)
		s.running.RUnlock()
		if err != nil {
			s.stopped.Store(true)
			return err
		}
	}
	return nil
}

// counted counts the turns of somebody.
func counted(n *atomic.Int64, once func(context.Context, *rand.Rand) error) func(context.Context, *rand.Rand) error {
	return func(ctx context.Context, r *rand.Rand) error {
		n.Add(1)
		return once(ctx, r)
	}
}

func (s *soak) ended(ctx context.Context) bool {
	least := int64(s.options.Searches)
	enough := s.counts.searches.Load() >= least && s.counts.turns.Load() >= least && s.counts.lots.Load() >= least/4
	done := least > 0 && enough || s.options.Duration > 0 && time.Since(s.began) >= s.options.Duration
	return ctx.Err() != nil || s.stopped.Load() || done
}

// restarts stops the product now and then, while nothing else runs, and opens it
// with another authorization model: the product keeps to one model while it is
// open, so that is how a model changes.
func (s *soak) restarts(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for last := s.progress(); !s.ended(ctx); {
		select {
		case <-ctx.Done(): // interrupted: what was counted so far is the result
			return nil
		case <-tick.C:
		}
		if s.options.Progress != nil {
			s.options.Progress(s.result())
		}
		now := s.progress()
		if now-last < 1 {
			continue
		}
		if err := s.restart(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		last = now
	}
	return nil
}

// progress grows by one from one restart to the next: two or three in a short
// soak, one every fifteen seconds in a long one.
func (s *soak) progress() float64 {
	if s.options.Searches > 0 {
		return 3 * float64(s.counts.searches.Load()) / float64(s.options.Searches)
	}
	return float64(time.Since(s.began)) / float64(min(s.options.Duration/3, 15*time.Second))
}
