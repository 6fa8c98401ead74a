// Package demo walks a person through the running product: it sets up the two
// companies of package corpus, asks their questions over HTTP with real tokens,
// and holds every answer against what the story says it must be. It uses the
// product as anybody would and has no way around the gate.
package demo

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/demo/corpus"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// Demo is one walk over a running product.
type Demo struct {
	product *app.App
	corpus  *corpus.Corpus
	client  client
	page    page
	failed  []string // what did not come out as the story says
}

// New prepares a walk that prints to out. color says whether out takes ANSI
// colours, width how many columns it has.
func New(product *app.App, out io.Writer, color bool, width int) (*Demo, error) {
	world, err := corpus.Load()
	if err != nil {
		return nil, fmt.Errorf("reading the demo's corpus: %w", err)
	}
	return &Demo{product: product, corpus: world, page: page{out: out, color: color, width: width}}, nil
}

// Walk goes through all steps against the server at url. It fails with what did
// not come out as the story says.
func (d *Demo) Walk(ctx context.Context, url string) error {
	d.client = client{url: url}
	story := d.corpus.Story
	steps := []func(context.Context) error{
		d.setUp,
		func(ctx context.Context) error { return d.twoPeople(ctx, story) },
		func(ctx context.Context) error { return d.agent(ctx, story) },
		func(ctx context.Context) error { return d.deniedLooksAbsent(ctx, story) },
		func(ctx context.Context) error { return d.revocation(ctx, story) },
		func(ctx context.Context) error { return d.otherTenant(ctx, story) },
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if len(d.failed) > 0 {
		return fmt.Errorf("the demo did not come out as it should: %v", d.failed)
	}
	d.page.done("Every step came out as it should.")
	return nil
}

// ask searches over HTTP with a token of the principal.
func (d *Demo) ask(ctx context.Context, principal eyeshot.Principal, question string, limit int) (httpapi.SearchResponse, time.Duration, error) {
	token, err := d.token(ctx, principal, 0)
	if err != nil {
		return httpapi.SearchResponse{}, 0, err
	}
	start := time.Now()
	response, err := d.client.search(ctx, token, question, limit)
	return response, time.Since(start), err
}

func (d *Demo) token(ctx context.Context, principal eyeshot.Principal, ttl time.Duration) (string, error) {
	return d.product.Issuer.Mint(ctx, identity.Request{
		Tenant: principal.Tenant, Subject: principal.Subject.Local(), Type: principal.Subject.Type(),
		Actor: local(principal.Actor), Task: local(principal.Task), TTL: ttl,
	})
}

func local(object eyeshot.Object) string {
	if object == "" {
		return ""
	}
	return object.Local()
}
