// Package demo walks a person through the running product: it sets up the two
// companies of package corpus, asks their questions over HTTP with real tokens,
// and holds every answer against what the story says it must be. It uses the
// product as anybody would and has no way around the gate; where it says why,
// it asks OpenFGA, as an operator could.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/demo/corpus"
)

// Config is what a walk is made of. All fields but Color are required.
type Config struct {
	Product *app.App // with a local issuer
	Out     io.Writer
	Color   bool   // Out takes ANSI colours
	Width   int    // columns of Out
	Command string // what a shell calls this program by, for the lines to try
	Tokens  string // file that Try writes tokens to
}

// Demo is one walk over a running product. It is used once, by one goroutine.
type Demo struct {
	Config
	corpus  *corpus.Corpus
	gate    *filters.Gate
	client  client
	page    page
	report  Report
	answers map[eyeshot.Principal]Answer // the first one that each principal got
}

// New prepares a walk.
func New(config Config) (*Demo, error) {
	world, err := corpus.Load()
	if err != nil {
		return nil, fmt.Errorf("reading the demo's corpus: %w", err)
	}
	if config.Product == nil || config.Product.Issuer == nil {
		return nil, errors.New("the demo needs a product that issues tokens")
	}
	gate, err := filters.NewGate(filters.DefaultPolicy(), nil)
	if err != nil {
		return nil, err
	}
	return &Demo{
		Config: config, corpus: world, gate: gate, answers: map[eyeshot.Principal]Answer{},
		page: page{out: config.Out, color: config.Color, width: max(config.Width, minWidth)},
	}, nil
}

// Walk goes through all steps against the server at url. It fails with what did
// not come out as the story says; the report is whole in that case, too.
func (d *Demo) Walk(ctx context.Context, url string) (Report, error) {
	d.client, d.report.URL = client{url: url}, url
	story := d.corpus.Story
	steps := []func(context.Context, corpus.Story) error{
		d.setUp, d.twoPeople, d.why, d.agent, d.deniedLooksAbsent, d.revocation, d.otherTenant,
	}
	for _, step := range steps {
		start := time.Now()
		if err := errors.Join(step(ctx, story), d.page.err); err != nil {
			return d.report, err
		}
		d.step().TookMS = inMilliseconds(time.Since(start))
	}
	if failed := d.report.failed(); len(failed) > 0 {
		return d.report, fmt.Errorf("the demo did not come out as it should: %q", failed)
	}
	d.report.Passed = true
	d.page.done(fmt.Sprintf("All %d expectations held.", d.report.expectations()))
	return d.report, d.page.err
}

// begin starts a step of the story and of the report.
func (d *Demo) begin(title string) {
	d.report.Steps = append(d.report.Steps, Step{Title: title, Expectations: []Expectation{}})
	d.page.step(title)
}

// step returns the step that is under way.
func (d *Demo) step() *Step { return &d.report.Steps[len(d.report.Steps)-1] }

// expect records whether something came out as the story says, and shows it at
// once where it did not.
func (d *Demo) expect(held bool, what string) {
	step := d.step()
	step.Expectations = append(step.Expectations, Expectation{What: what, Held: held})
	if !held {
		d.page.failure(what)
	}
}
