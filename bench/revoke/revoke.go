// Package revoke measures what a change of permissions means for the searches
// that begin once it is acknowledged: none of them may show what was taken, and
// none may miss what was given. Meanwhile other searches run, each held to the
// exact answers of the moments that it saw. Everything goes over HTTP, with
// tokens. It does not break anything: that is the soak's (bench/churn).
package revoke

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// Options say what is measured.
type Options struct {
	Duration  time.Duration // default 20 s
	Changes   int           // at least so many, however long they take
	Documents int           // that do not change hands; default 2,000
	Users     int           // default 12
	Searchers int           // searches at the same time, beside those that follow changes; default 2
	Seed      uint64
	Version   string

	between func(http.Handler) http.Handler // nil: nothing; tests break the answers
}

func (o Options) withDefaults() (Options, error) {
	if o.Duration == 0 {
		o.Duration = 20 * time.Second
	}
	if o.Duration < 0 || o.Changes < 0 {
		return o, eyeshot.Invalid("duration or changes", fmt.Sprint(o.Duration, o.Changes), "must not be below 0")
	}
	for _, field := range []struct {
		name               string
		value              *int
		initial, low, most int
	}{{"documents", &o.Documents, 2000, 100, 1_000_000}, {"users", &o.Users, 12, 1, 1000}, {"searchers", &o.Searchers, 2, 1, 64}} {
		if *field.value == 0 {
			*field.value = field.initial
		}
		if *field.value < field.low || *field.value > field.most {
			return o, eyeshot.Invalid(field.name, fmt.Sprint(*field.value), fmt.Sprintf("must be between %d and %d", field.low, field.most))
		}
	}
	return o, nil
}

// Run measures and reports.
func Run(ctx context.Context, o Options) (_ *report.Report, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return nil, err
	}
	s, err := newStage(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	return s.report(), nil
}

// run changes and searches until the time is over, and breaks nothing off in the
// middle.
func (s *stage) run(ctx context.Context) error {
	end := time.Now().Add(s.Duration)
	all, ctx := errgroup.WithContext(ctx)
	repeat := func(stream uint64, once func(context.Context, *rand.Rand) error) {
		all.Go(func() error {
			r := rand.New(rand.NewPCG(s.Seed, stream))
			for (time.Now().Before(end) || s.moments.begun() < s.Changes) && ctx.Err() == nil {
				if err := once(context.WithoutCancel(ctx), r); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	repeat(100, s.change)
	for i := range s.Searchers {
		repeat(uint64(i), s.searchOnce)
	}
	return all.Wait()
}

// change gives or takes one thing, and asks for it as soon as that is
// acknowledged, as its user.
func (s *stage) change(ctx context.Context, r *rand.Rand) error {
	i := r.IntN(len(s.world.swings))
	w := s.world.swings[i]
	writes, deletes := []eyeshot.Relationship{w.relationship}, []eyeshot.Relationship(nil)
	given := s.moments.begin(i)
	if !given {
		writes, deletes = nil, writes
	}
	began := time.Now()
	if err := s.tenant.Write(ctx, writes, deletes); err != nil {
		return fmt.Errorf("changing permissions: %w", err)
	}
	s.moments.done(i)
	acknowledged := time.Now()
	document := w.documents[r.IntN(len(w.documents))]
	answer, err := s.search(ctx, w.user, s.world.name(document), "hybrid")
	if err != nil {
		return err
	}
	s.counts.followed(w.kind, given, contains(answer, s.world.objects[document]), acknowledged.Sub(began), time.Since(acknowledged))
	return nil
}

// searchOnce searches as anybody, and holds the answer to the moments it saw.
func (s *stage) searchOnce(ctx context.Context, r *rand.Rand) error {
	user := r.IntN(s.Users)
	query := s.words.Text(r, 4)
	from := s.moments.now()
	answer, err := s.search(ctx, user, query, "semantic")
	if err != nil {
		return err
	}
	to := s.moments.now()
	vectors, err := s.embedder.Embed(ctx, []string{query})
	if err != nil {
		return fmt.Errorf("embedding a question: %w", err)
	}
	s.counts.judged(s.judge(user, vectors[0], answer, from, to))
	return nil
}

func contains(answer []eyeshot.Object, object eyeshot.Object) bool {
	for _, found := range answer {
		if found == object {
			return true
		}
	}
	return false
}
