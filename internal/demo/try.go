package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// tokenLife is how long the tokens that the demo hands out are valid.
const tokenLife = 12 * time.Hour

// Try prints what a person can do now: where tokens for everybody in the story
// are, lines for a shell that use them, and more questions. It returns the
// report of the walk with those tokens.
func (d *Demo) Try(ctx context.Context) (Report, error) {
	if err := d.writeTokens(ctx); err != nil {
		return d.report, err
	}
	d.page.title("Try it yourself")
	d.page.wrapped("The server stays up at " + d.report.URL + " until you press Ctrl-C. In another terminal, this sets a variable with a token for each person:")
	d.page.blank()
	d.page.line(". " + d.Tokens)
	d.tryLines()
	d.moreQuestions()
	return d.report, d.page.err
}

// writeTokens makes a token for everybody who is in the story, and writes them
// to a file that a shell can read.
func (d *Demo) writeTokens(ctx context.Context) error {
	d.report.Tokens = map[string]string{}
	var file bytes.Buffer
	for _, principal := range d.cast() {
		token, err := d.token(ctx, principal, tokenLife)
		if err != nil {
			return err
		}
		name := d.variable(principal)
		d.report.Tokens[name] = token
		fmt.Fprintf(&file, "# %s (%s)\n%s=%s\n", d.heading(principal), principal.Tenant, name, token)
	}
	if err := os.WriteFile(d.Tokens, file.Bytes(), 0o600); err != nil {
		return fmt.Errorf("writing the tokens: %w", err)
	}
	return nil
}

// cast is everybody whom the story names, in its order, and who loads documents.
func (d *Demo) cast() []eyeshot.Principal {
	story := d.corpus.Story
	all := []eyeshot.Principal{story.Users[0].Principal, story.Users[1].Principal, story.Agent.Principal, story.Other.Principal}
	for _, example := range story.Examples {
		for _, answer := range example.Answers {
			all = append(all, answer.Principal)
		}
	}
	all = append(all, d.loader())
	var out []eyeshot.Principal
	for _, principal := range all {
		if !slices.Contains(out, principal) {
			out = append(out, principal)
		}
	}
	return out
}

// loader is the service account that may bring documents in.
func (d *Demo) loader() eyeshot.Principal {
	tenant := d.corpus.Tenant(d.corpus.Story.Tenant)
	return eyeshot.Principal{Tenant: tenant.Name, Subject: tenant.ServiceAccounts[0].Object}
}

// variable names a principal's token: INES, INES_VIA_DECKHAND, BRAMBLEBOX_INES.
func (d *Demo) variable(principal eyeshot.Principal) string {
	name := principal.Subject.Local()
	if principal.Actor != "" {
		name += "_via_" + principal.Actor.Local()
	}
	if principal.Tenant != d.corpus.Story.Tenant {
		name = principal.Tenant + "_" + name
	}
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

func (d *Demo) tryLines() {
	story, url := d.corpus.Story, d.report.URL
	first, second := story.Users[0].Principal, story.Users[1].Principal
	search := fmt.Sprintf(`{"query":%q,"limit":3}`, story.Question)
	note := fmt.Sprintf(`{"source":"notes","documents":[{"type":"document","id":"1",
    "title":"A note on partial captures",
    "text":"Refunds after a partial capture fail no more.",
    "relationships":[{"user":%q,"relation":"viewer"}]}]}`, second.Subject)
	d.page.example("The same question, as an agent would send it. Put another name for "+d.variable(second)+".",
		d.curl(second, "/v1/search", search))
	d.page.example("The same on the command line.",
		fmt.Sprintf("EYESHOT_TOKEN=$%s %s search --server %s \\\n  --limit 3 %s", d.variable(second), d.Command, url, quote(story.Question)))
	d.page.example("A document with its passages.", d.curl(second, "/v1/documents/"+string(story.Users[1].Contains[0]), ""))
	d.page.example(fmt.Sprintf("Bring in a document that %s alone may read, and ask again as %s and as %s.", d.firstName(second), d.firstName(second), d.firstName(first)),
		d.curl(d.loader(), "/v1/documents", note))
	d.page.example("What the API takes, and what the server did.", fmt.Sprintf("curl -s %s/openapi.json\ncurl -s %s/metrics", url, url))
}

// curl is a request for a shell: a POST where there is a body.
func (d *Demo) curl(principal eyeshot.Principal, path, body string) string {
	line := fmt.Sprintf("curl -s %s%s \\\n  -H \"Authorization: Bearer $%s\"", d.report.URL, path, d.variable(principal))
	if body == "" {
		return line
	}
	return line + " -H 'Content-Type: application/json' \\\n  -d " + quote(body)
}

func (d *Demo) moreQuestions() {
	d.page.title("More questions")
	for _, example := range d.corpus.Story.Examples {
		d.page.question(example.Question)
		var names []string
		for _, answer := range example.Answers {
			names = append(names, "$"+d.variable(answer.Principal))
		}
		d.page.aside("as " + strings.Join(names, ", ") + ": " + example.Notice)
	}
}

// quote makes a text one word of a POSIX shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
