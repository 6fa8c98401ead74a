package demo

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/demo/corpus"
)

// twoPeople asks one question as two users of one company.
func (d *Demo) twoPeople(ctx context.Context, story corpus.Story) error {
	d.page.step("One question, two people, two answers")
	d.page.question(story.Question)
	columns := make([]column, 0, len(story.Users))
	for _, user := range story.Users {
		column, err := d.answer(ctx, story, user)
		if err != nil {
			return err
		}
		columns = append(columns, column)
	}
	d.page.columns(columns)
	for _, user := range story.Users {
		d.page.because(user.Because)
	}
	return nil
}

// agent asks the same question as an agent that acts for the first of them.
func (d *Demo) agent(ctx context.Context, story corpus.Story) error {
	d.page.step("An agent sees what its user sees and has also granted it")
	return d.answers(ctx, story, story.Agent)
}

// deniedLooksAbsent reads a document that the second user may not read, and one
// that does not exist.
func (d *Demo) deniedLooksAbsent(ctx context.Context, story corpus.Story) error {
	d.page.step("What is denied looks like what does not exist")
	user := story.Users[1]
	token, err := d.token(ctx, user.Principal, 0)
	if err != nil {
		return err
	}
	denied := user.Lacks[0]
	absent := denied + "-that-never-was"
	statusDenied, bodyDenied, err := d.client.document(ctx, token, denied)
	if err != nil {
		return err
	}
	statusAbsent, bodyAbsent, err := d.client.document(ctx, token, absent)
	if err != nil {
		return err
	}
	d.page.line(fmt.Sprintf("GET %s as %s: %d", denied, user.Principal.Subject.Local(), statusDenied))
	d.page.line(fmt.Sprintf("GET %s: %d, the same body", absent, statusAbsent))
	d.expect(statusDenied == http.StatusNotFound && statusAbsent == http.StatusNotFound && bodyDenied == bodyAbsent,
		"denied and absent answer alike")
	return nil
}

// revocation takes relationships away and asks again at once.
func (d *Demo) revocation(ctx context.Context, story corpus.Story) error {
	d.page.step("A revocation holds for the very next search")
	tenant, err := d.product.Tenants.Tenant(ctx, story.Tenant)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := tenant.Write(ctx, nil, story.Revocation.Remove); err != nil {
		return fmt.Errorf("revoking: %w", err)
	}
	d.page.fact(story.Revocation.What, time.Since(start))
	for _, removed := range story.Revocation.Remove {
		d.page.aside("removed " + removed.String())
	}
	return d.answers(ctx, story, story.Revocation.Answers...)
}

// otherTenant asks the same question in the other company.
func (d *Demo) otherTenant(ctx context.Context, story corpus.Story) error {
	d.page.step("The other company: same project keys, same names, nothing shared")
	return d.answers(ctx, story, story.Other)
}

func (d *Demo) answers(ctx context.Context, story corpus.Story, answers ...corpus.Answer) error {
	columns := make([]column, 0, len(answers))
	for _, answer := range answers {
		column, err := d.answer(ctx, story, answer)
		if err != nil {
			return err
		}
		columns = append(columns, column)
	}
	d.page.columns(columns)
	for _, answer := range answers {
		d.page.because(answer.Because)
	}
	return nil
}

// answer asks the story's question as a principal, and holds what comes back
// against what the story says.
func (d *Demo) answer(ctx context.Context, story corpus.Story, want corpus.Answer) (column, error) {
	response, took, err := d.ask(ctx, want.Principal, story.Question, story.Limit)
	if err != nil {
		return column{}, err
	}
	found := map[eyeshot.Object]bool{}
	out := column{heading: d.heading(want.Principal), took: took}
	for _, result := range response.Results {
		found[result.Object] = true
		out.rows = append(out.rows, row{score: result.Score, id: result.Object.Local(), title: result.Title})
	}
	name := want.Principal.String()
	d.expect(response.Complete, name+": the answer is complete")
	for _, object := range want.Contains {
		d.expect(found[object], fmt.Sprintf("%s finds %s", name, object))
	}
	for _, object := range want.Lacks {
		d.expect(!found[object], fmt.Sprintf("%s does not find %s", name, object))
	}
	return out, nil
}

func (d *Demo) heading(principal eyeshot.Principal) string {
	tenant := d.corpus.Tenant(principal.Tenant)
	heading := tenant.NameOf(principal.Subject)
	for _, user := range tenant.Users {
		if user.Object == principal.Subject {
			heading += ", " + user.Job
		}
	}
	if principal.Actor != "" {
		heading = tenant.NameOf(principal.Actor) + ", acting for " + tenant.NameOf(principal.Subject)
	}
	return heading + " (" + tenant.Name + ")"
}

// expect records what did not come out as the story says, and shows it at once.
func (d *Demo) expect(held bool, what string) {
	if !held {
		d.failed = append(d.failed, what)
		d.page.failure(what)
	}
}
