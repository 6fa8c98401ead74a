package jira

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Probe implements [connectors.Prober].
func (c *Connector) Probe(ctx context.Context) ([]connectors.Finding, error) {
	me, err := c.api.myself(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask Jira who this is: %w", err)
	}
	out := []connectors.Finding{{OK: true, Text: fmt.Sprintf("Asks as %s (%s).", me.Name, me.ID)}}
	p, err := c.look(ctx)
	if err != nil {
		if errors.Is(err, eyeshot.ErrForbidden) || errors.Is(err, eyeshot.ErrNotFound) {
			return append(out, connectors.Finding{Text: "Can't read who is in which group and application: the account needs the global permission \"Administer Jira\". Without it every sync fails."}), nil
		}
		return nil, err
	}
	out = append(out, c.peopleFinding(p), c.projectsFinding(p))
	for _, one := range p.projects {
		findings, err := c.projectFindings(ctx, p, one, me)
		if err != nil {
			return nil, err
		}
		out = append(out, findings...)
	}
	return out, nil
}

func (c *Connector) peopleFinding(p *picture) connectors.Finding {
	matched, nobody, off := 0, 0, 0
	for identity := range p.people.All() {
		switch {
		case identity.Account.Disabled:
			off++
		case identity.Matched():
			matched++
		default:
			nobody++
		}
	}
	return connectors.Finding{OK: nobody == 0, Text: fmt.Sprintf("Sees %d accounts: %d are users here, %d are nobody's, %d may not log in to Jira. Sees %d groups.", p.people.Len(), matched, nobody, off, len(p.groups))}
}

func (c *Connector) projectsFinding(p *picture) connectors.Finding {
	var keys []string
	for _, one := range p.projects {
		keys = append(keys, one.Key)
	}
	if len(keys) == 0 {
		return connectors.Finding{Text: "Sees no project: give the account \"Browse projects\"."}
	}
	return connectors.Finding{OK: true, Text: fmt.Sprintf("Sees %d projects: %s.", len(keys), strings.Join(keys, ", "))}
}

// projectFindings says what is missing in one project.
func (c *Connector) projectFindings(ctx context.Context, p *picture, one *project, me account) ([]connectors.Finding, error) {
	if one.trouble != nil {
		return []connectors.Finding{{Text: fmt.Sprintf("Project %s: can't read who may see it (%s). Nobody will find anything of it.", one.Key, one.trouble)}}, nil
	}
	n, err := c.api.count(ctx, "project = "+one.ID)
	if err != nil {
		return nil, err
	}
	out := []connectors.Finding{{OK: n > 0, Text: fmt.Sprintf("Project %s: sees %d issues.", one.Key, n)}}
	if c.config.DataCenter && one.secured {
		out = append(out, connectors.Finding{Text: fmt.Sprintf("Project %s: has security levels, and a Data Center does not tell who is in them: issues that have one stay closed.", one.Key)})
	}
	for _, level := range slices.Sorted(maps.Keys(one.levels)) {
		holders := one.levels[level]
		if len(holders) == 0 {
			out = append(out, connectors.Finding{Text: fmt.Sprintf("Project %s: sees nobody in security level %s; its issues stay closed.", one.Key, level)})
		} else if !c.reads(ctx, p, one, me, holders) {
			out = append(out, connectors.Finding{Text: fmt.Sprintf("Project %s: the account is not in security level %s for sure: its issues are missed unless they let it in otherwise.", one.Key, level)})
		}
	}
	for _, h := range one.holders() {
		if text := c.odd(h); text != "" {
			out = append(out, connectors.Finding{Text: fmt.Sprintf("Project %s: %s", one.Key, text)})
		}
	}
	return out, nil
}

// reads says whether an account belongs to a level whatever the issue is: in
// person, by a group or by logging in.
func (c *Connector) reads(ctx context.Context, p *picture, one *project, me account, holders []holder) bool {
	groups, err := c.api.groupsOf(ctx, me.ID)
	if err != nil {
		return false
	}
	for _, h := range holders {
		switch {
		case h.Kind == "user" && h.Value == me.ID, h.Kind == "projectLead" && one.Lead == me.ID, h.Kind == "anyone", h.Kind == "applicationRole" && h.Value == "":
			return true
		}
		for _, g := range groups {
			if h.Kind == "group" && h.Value == g.ID {
				return true
			}
		}
	}
	return false
}

// odd says what is left out of a holder.
func (c *Connector) odd(h holder) string {
	switch h.Kind {
	case "group", "projectRole", "user", "projectLead", "applicationRole", "reporter", "assignee", "userCustomField", "groupCustomField":
		return ""
	case "sd.customer.portal.only":
		return "" // the portal's customers don't use Jira
	case "anyone":
		if c.config.AllowPublic {
			return ""
		}
		return "is public in Jira; here it is for those who may log in to Jira, since \"public\" is off."
	}
	return fmt.Sprintf("grants to %q, which is not understood and left out.", h.Kind)
}
