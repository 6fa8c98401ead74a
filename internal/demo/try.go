package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// tokenLife is how long the tokens that the demo hands out are valid.
const tokenLife = 12 * time.Hour

// Try prints what a person can do now: tokens as shell variables, and curl lines
// that use them.
func (d *Demo) Try(ctx context.Context, url string) error {
	story := d.corpus.Story
	d.page.title("Try it yourself")
	variables := []struct {
		name      string
		principal eyeshot.Principal
	}{
		{"FIRST", story.Users[0].Principal}, {"SECOND", story.Users[1].Principal},
		{"AGENT", story.Agent.Principal}, {"OTHER", story.Other.Principal},
	}
	for _, v := range variables {
		token, err := d.token(ctx, v.principal, tokenLife)
		if err != nil {
			return err
		}
		fmt.Fprintf(d.page.out, "# %s\n%s=%s\n", d.heading(v.principal), v.name, token)
	}
	fmt.Fprintf(d.page.out, `
curl -s %[1]s/v1/search -H "Authorization: Bearer $FIRST" -H 'Content-Type: application/json' -d '{"query":%[2]q,"limit":3}'
curl -s %[1]s/v1/search -H "Authorization: Bearer $SECOND" -H 'Content-Type: application/json' -d '{"query":%[2]q,"limit":3}'
curl -s %[1]s/v1/documents/%[3]s -H "Authorization: Bearer $SECOND"
curl -s %[1]s/openapi.json
`, url, story.Question, story.Users[1].Contains[0])
	d.page.title("More questions")
	for _, example := range story.Examples {
		d.page.question(example.Question)
		d.page.because(example.Notice)
	}
	return nil
}
