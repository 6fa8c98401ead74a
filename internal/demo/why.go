package demo

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/demo/corpus"
)

// comment is an internal comment and what its readers rest on.
type comment struct {
	object, ticket, project eyeshot.Object
	audience                eyeshot.Subject // "project:jira-main/PAY#member"
}

// why reads an internal comment as both users, and shows what OpenFGA says of
// each step on the way to it.
func (d *Demo) why(ctx context.Context, story corpus.Story) error {
	d.begin("Why: one ticket that both read, and a comment on it that is internal")
	about, err := d.internalComment(story)
	if err != nil {
		return err
	}
	users := []eyeshot.Principal{story.Users[0].Principal, story.Users[1].Principal}
	if err := d.readBoth(ctx, about, users); err != nil {
		return err
	}
	checks := []Check{
		{Object: about.project, Relation: "can_browse"},
		{Object: about.ticket, Relation: "can_read"},
		{Object: about.audience.Object(), Relation: about.audience.Relation()},
		{Object: about.object, Relation: "everyone"},
		{Object: about.object, Relation: "audience"},
		{Object: about.object, Relation: "can_read"},
	}
	if err := d.check(ctx, checks, users); err != nil {
		return err
	}
	d.step().Checks = checks
	d.showChecks(checks, users)
	d.page.aside(fmt.Sprintf("A comment is readable with its ticket, by everyone or by its audience. The audience of this one is %s, "+
		"and %s only looks into the project.", about.audience, d.firstName(users[1])))
	last := checks[len(checks)-1].Answers
	d.expect(last[users[0].Subject], fmt.Sprintf("OpenFGA lets %s read %s", users[0], about.object))
	d.expect(!last[users[1].Subject], fmt.Sprintf("OpenFGA does not let %s read %s", users[1], about.object))
	return nil
}

// internalComment finds the comment that the second user must not see, on a
// ticket that both do.
func (d *Demo) internalComment(story corpus.Story) (about comment, err error) {
	tenant := d.corpus.Tenant(story.Tenant)
	for _, object := range story.Users[1].Lacks {
		document, ok := tenant.Document(object)
		if !ok || object.Type() != "comment" {
			continue
		}
		about.object = object
		about.ticket = subjectOf(document, "ticket").Object()
		about.audience = subjectOf(document, "audience")
		if ticket, ok := tenant.Document(about.ticket); ok && about.audience.Relation() != "" {
			about.project = subjectOf(ticket, "project").Object()
			return about, nil
		}
	}
	return about, fmt.Errorf("the story has no internal comment")
}

// subjectOf returns who stands in a relation to a document; the first, where
// there are several.
func subjectOf(document eyeshot.Document, relation string) eyeshot.Subject {
	for _, relationship := range document.Relationships {
		if relationship.Relation == relation {
			return relationship.Subject
		}
	}
	return ""
}

// readBoth reads ticket and comment over HTTP, as both users.
func (d *Demo) readBoth(ctx context.Context, about comment, users []eyeshot.Principal) error {
	for _, object := range []eyeshot.Object{about.ticket, about.object} {
		var told []string
		for i, user := range users {
			token, err := d.token(ctx, user, 0)
			if err != nil {
				return err
			}
			status, _, err := d.client.document(ctx, token, object)
			if err != nil {
				return err
			}
			want := http.StatusOK
			if i == 1 && object == about.object {
				want = http.StatusNotFound
			}
			d.expect(status == want, fmt.Sprintf("%s reads %s: %d", user, object, want))
			told = append(told, fmt.Sprintf("%s %d", d.firstName(user), status))
		}
		d.page.line("GET " + string(object) + ": " + strings.Join(told, ", "))
	}
	return nil
}

// check fills in OpenFGA's answers.
func (d *Demo) check(ctx context.Context, checks []Check, users []eyeshot.Principal) error {
	tenant, err := d.Product.Tenants.Tenant(ctx, users[0].Tenant)
	if err != nil {
		return err
	}
	var questions []authz.Check
	for _, check := range checks {
		for _, user := range users {
			questions = append(questions, authz.Check{Subject: eyeshot.Subject(user.Subject), Relation: check.Relation, Object: check.Object})
		}
	}
	verdicts, err := tenant.BatchCheck(ctx, questions, filters.CheckContext(time.Now()))
	if err != nil {
		return err
	}
	for i, verdict := range verdicts {
		if verdict.Err != nil {
			return verdict.Err
		}
		check := &checks[i/len(users)]
		if check.Answers == nil {
			check.Answers = map[eyeshot.Object]bool{}
		}
		check.Answers[users[i%len(users)].Subject] = verdict.Allowed
	}
	return nil
}

// showChecks prints OpenFGA's answers as a table.
func (d *Demo) showChecks(checks []Check, users []eyeshot.Principal) {
	const width = 36
	heading := fit("What OpenFGA says, asked just now", width)
	for _, user := range users {
		heading += fit(d.firstName(user), 8)
	}
	d.page.blank()
	d.page.line(d.page.paint(bold, strings.TrimRight(heading, " ")))
	for _, check := range checks {
		line := fit(fit(check.Relation, 11)+check.Object.Type()+" "+shortName(check.Object), width)
		for _, user := range users {
			line += d.verdict(check.Answers[user.Subject])
		}
		d.page.line(strings.TrimRight(line, " "))
	}
	d.page.blank()
}

func (d *Demo) verdict(allowed bool) string {
	if allowed {
		return d.page.paint(green, fit("yes", 8))
	}
	return d.page.paint(red, fit("no", 8))
}
