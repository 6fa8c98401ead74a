package redmine

import (
	"context"
	"errors"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Probe says what the key can and cannot see. It implements
// [connectors.Prober].
func (c *Connector) Probe(ctx context.Context) ([]connectors.Finding, error) {
	var me struct {
		User apiUser `json:"user"`
	}
	if err := c.get(ctx, "", "/users/current.json", nil, &me); err != nil {
		if errors.Is(err, eyeshot.ErrUnauthenticated) || errors.Is(err, eyeshot.ErrForbidden) {
			return []connectors.Finding{{Text: "Redmine does not take the key. The REST API has to be enabled (Administration, Settings, API), and the key is on the page My account."}}, nil
		}
		return nil, err
	}
	if !me.User.Admin {
		return []connectors.Finding{{Text: fmt.Sprintf("The key is that of %q, who is no administrator: it cannot see who else sees what. Use an administrator's.", me.User.Login)}}, nil
	}
	r, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	page, behind, err := c.issuePage(ctx, "", nil, 0)
	if err != nil {
		return nil, err
	}
	found := []connectors.Finding{good("The key is that of %q, an administrator.", me.User.Login)}
	found = append(found, r.people(), r.places(), good("Sees %d issues.", len(page)+behind))
	return append(found, r.doubts()...), nil
}

func good(format string, arguments ...any) connectors.Finding {
	return connectors.Finding{OK: true, Text: fmt.Sprintf(format, arguments...)}
}

func (r *roster) people() connectors.Finding {
	unmatched := 0
	for identity := range r.directory.All() {
		if !identity.Matched() && !identity.Account.Disabled {
			unmatched++
		}
	}
	return connectors.Finding{OK: unmatched == 0, Text: fmt.Sprintf("Sees %d accounts that may sign in, of whom %d are no user here, and %d groups.", len(r.accounts), unmatched, len(r.groups))}
}

func (r *roster) places() connectors.Finding {
	open, closed, without := 0, 0, 0
	for _, p := range r.projects {
		if p.IsPublic {
			open++
		}
		if p.Status == 5 {
			closed++
		}
		if !p.has(issueModule) && !p.has(wikiModule) {
			without++
		}
	}
	return good("Sees %d projects: %d public, %d closed, %d with neither issues nor a wiki. Archived ones Redmine shows to nobody.", len(r.projects), open, closed, without)
}

// doubts says what Redmine would not tell.
func (r *roster) doubts() (out []connectors.Finding) {
	for _, u := range r.unclear {
		out = append(out, connectors.Finding{Text: fmt.Sprintf("No account has the role %q alone in a project with the tracker %q, so it can't be asked whether the role sees it. "+
			"Until then it opens only what those who have it with other roles are seen to see. Say it by trackers in the source's configuration.", u.Role, u.Tracker)})
	}
	if len(r.unclear) == 0 {
		out = append(out, good("Knows which trackers each role sees."))
	}
	return out
}
