package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/demo/corpus"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// answer asks the story's question as a principal, and holds what comes back
// against what the story says.
func (d *Demo) answer(ctx context.Context, story corpus.Story, want corpus.Answer) (Answer, error) {
	d.step().Question = story.Question
	got, err := d.ask(ctx, want.Principal, story.Question, story.Limit)
	if err != nil {
		return got, err
	}
	d.step().Answers = append(d.step().Answers, got)
	if _, asked := d.answers[want.Principal]; !asked {
		d.answers[want.Principal] = got
	}
	found := map[eyeshot.Object]bool{}
	for _, result := range got.Results {
		found[result.Object] = true
	}
	d.expect(got.Complete, got.Principal+": the answer is complete")
	for _, object := range want.Contains {
		d.expect(found[object], fmt.Sprintf("%s finds %s", got.Principal, object))
	}
	for _, object := range want.Lacks {
		d.expect(!found[object], fmt.Sprintf("%s does not find %s", got.Principal, object))
	}
	return got, nil
}

// ask searches over HTTP with a token of the principal.
func (d *Demo) ask(ctx context.Context, principal eyeshot.Principal, question string, limit int) (Answer, error) {
	token, err := d.token(ctx, principal, 0)
	if err != nil {
		return Answer{}, err
	}
	start := time.Now()
	response, err := d.client.search(ctx, token, question, limit)
	if err != nil {
		return Answer{}, err
	}
	out := Answer{
		Principal: principal.String(), Results: []Result{}, Complete: response.Complete,
		TookMS: response.TookMS, RoundTripMS: inMilliseconds(time.Since(start)),
	}
	for _, r := range response.Results {
		out.Results = append(out.Results, Result{Object: r.Object, Title: r.Title, Score: r.Score})
	}
	return out, nil
}

func (d *Demo) token(ctx context.Context, principal eyeshot.Principal, ttl time.Duration) (string, error) {
	return d.Product.Issuer.Mint(ctx, identity.Request{
		Tenant: principal.Tenant, Subject: principal.Subject.Local(), Type: principal.Subject.Type(),
		Actor: local(principal.Actor), Task: local(principal.Task), TTL: ttl,
	})
}

// denied says which of an answer's documents a principal may not read at this
// moment. It is the gate that says so, asked as an operator could.
func (d *Demo) denied(ctx context.Context, principal eyeshot.Principal, answer Answer) (map[eyeshot.Object]bool, error) {
	var objects []eyeshot.Object
	seen := map[eyeshot.Object]bool{}
	for _, result := range answer.Results {
		if !seen[result.Object] {
			objects = append(objects, result.Object)
			seen[result.Object] = true
		}
	}
	tenant, err := d.Product.Tenants.Tenant(ctx, principal.Tenant)
	if err != nil {
		return nil, err
	}
	decisions, err := d.gate.Decide(ctx, tenant, principal, objects)
	if err != nil {
		return nil, err
	}
	out := map[eyeshot.Object]bool{}
	for _, decision := range decisions {
		out[decision.Object] = decision.Outcome == filters.Deny
	}
	return out, nil
}

// heading names a principal for people.
func (d *Demo) heading(principal eyeshot.Principal) string {
	tenant := d.corpus.Tenant(principal.Tenant)
	heading := tenant.NameOf(principal.Subject)
	if principal.Actor != "" {
		return tenant.NameOf(principal.Actor) + ", acting for " + heading
	}
	for _, user := range tenant.Users {
		if user.Object == principal.Subject {
			heading += ", " + user.Job
		}
	}
	return heading
}

// firstName is what colleagues call a user, or an agent.
func (d *Demo) firstName(principal eyeshot.Principal) string {
	who := principal.Subject
	if principal.Actor != "" {
		who = principal.Actor
	}
	first, _, _ := strings.Cut(d.corpus.Tenant(principal.Tenant).NameOf(who), " ")
	return first
}

func local(object eyeshot.Object) string {
	if object == "" {
		return ""
	}
	return object.Local()
}
