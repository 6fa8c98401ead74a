package demo

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/demo/corpus"
)

// twoPeople asks one question as two users of one company, and marks what one
// of them finds and the other may not read.
func (d *Demo) twoPeople(ctx context.Context, story corpus.Story) error {
	d.begin("One question, two people, two answers")
	d.page.question(story.Question)
	columns := make([]column, len(story.Users))
	for i, user := range story.Users {
		answer, err := d.answer(ctx, story, user)
		if err != nil {
			return err
		}
		other := story.Users[(i+1)%len(story.Users)].Principal
		hidden, err := d.denied(ctx, other, answer)
		if err != nil {
			return err
		}
		columns[i] = column{heading: d.heading(user.Principal), answer: answer, marked: hidden}
	}
	d.page.columns(columns...)
	d.page.blank()
	d.page.line(d.page.paint(yellow, mark) + " the other one may not read it")
	d.showReasons(story.Users...)
	return nil
}

// agent asks the same question as an agent that acts for the first of them.
func (d *Demo) agent(ctx context.Context, story corpus.Story) error {
	d.begin("An agent sees what its user sees and has also granted it")
	return d.tell(ctx, story, story.Agent)
}

// otherTenant asks the same question in the other company.
func (d *Demo) otherTenant(ctx context.Context, story corpus.Story) error {
	d.begin("The other company: same project keys, same names, nothing shared")
	return d.tell(ctx, story, story.Other)
}

// deniedLooksAbsent reads a document that the second user may not read, and one
// that does not exist.
func (d *Demo) deniedLooksAbsent(ctx context.Context, story corpus.Story) error {
	d.begin("What is denied looks like what does not exist")
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
	d.page.line(fmt.Sprintf("GET %s as %s: %d", denied, d.firstName(user.Principal), statusDenied))
	d.page.line(fmt.Sprintf("GET %s: %d, the same body", absent, statusAbsent))
	d.page.aside(bodyAbsent.Detail)
	d.expect(statusDenied == http.StatusNotFound && statusAbsent == http.StatusNotFound && bodyDenied == bodyAbsent,
		"denied and absent answer alike")
	return nil
}

// revocation takes relationships away and asks again at once.
func (d *Demo) revocation(ctx context.Context, story corpus.Story) error {
	d.begin("A revocation holds for the very next search")
	tenant, err := d.Product.Tenants.Tenant(ctx, story.Tenant)
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
	if err := d.showAnswers(ctx, story, story.Revocation.Answers...); err != nil {
		return err
	}
	for _, answer := range story.Revocation.Answers {
		if err := d.showGone(ctx, answer.Principal); err != nil {
			return err
		}
	}
	d.showReasons(story.Revocation.Answers...)
	return nil
}

// showGone names what a principal found before and may not read any more.
func (d *Demo) showGone(ctx context.Context, principal eyeshot.Principal) error {
	before := d.answers[principal]
	denied, err := d.denied(ctx, principal, before)
	if err != nil {
		return err
	}
	var gone []string
	for _, result := range before.Results {
		if denied[result.Object] {
			gone = append(gone, shortName(result.Object))
		}
	}
	d.expect(len(gone) > 0, before.Principal+": something that was found before is gone")
	d.page.line(fmt.Sprintf("gone for %s: %s", d.firstName(principal), strings.Join(gone, ", ")))
	return nil
}

// tell shows answers and why they are as they are.
func (d *Demo) tell(ctx context.Context, story corpus.Story, answers ...corpus.Answer) error {
	if err := d.showAnswers(ctx, story, answers...); err != nil {
		return err
	}
	d.showReasons(answers...)
	return nil
}

func (d *Demo) showAnswers(ctx context.Context, story corpus.Story, answers ...corpus.Answer) error {
	columns := make([]column, len(answers))
	for i, want := range answers {
		answer, err := d.answer(ctx, story, want)
		if err != nil {
			return err
		}
		columns[i] = column{heading: d.heading(want.Principal), answer: answer}
	}
	d.page.columns(columns...)
	d.page.blank()
	return nil
}

func (d *Demo) showReasons(answers ...corpus.Answer) {
	for _, answer := range answers {
		d.page.aside(answer.Because)
	}
}
