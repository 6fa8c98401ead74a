package redmine

import (
	"context"
	"iter"
	"net/url"

	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Snapshot tells every issue in the order of their ids, each with its notes
// behind it, and then every wiki page.
func (c *Connector) Snapshot(ctx context.Context, from string) iter.Seq2[connectors.Item, error] {
	return c.read(ctx, func(r *reading) error {
		at := checkpoint{Phase: inIssues, Began: r.at}
		var err error
		if from != "" {
			at, err = parse(from, inIssues, inWikis)
		} else {
			at.Seen, err = r.horizon()
		}
		if err != nil {
			return err
		}
		if at.Phase == inIssues {
			if err := r.allIssues(&at); err != nil || r.over {
				return err
			}
			at.Phase, at.Next = inWikis, 0
		}
		if err := r.allWikis(&at); err != nil || r.over {
			return err
		}
		return r.end(connectors.Complete, checkpoint{Phase: changes, Began: at.Began, Seen: at.Seen})
	})
}

// horizon is what can be seen now.
func (r *reading) horizon() (horizon, error) {
	h := horizon{Wikis: map[int]string{}}
	for i := range r.projects {
		p := &r.projects[i]
		if p.has(issueModule) {
			h.Issues = append(h.Issues, p.ID)
		}
	}
	titles, err := r.allTitles(r.ctx, r.roster)
	for project, pages := range titles {
		h.Wikis[project] = fingerprint(pages)
	}
	return h, err
}

func (r *reading) allIssues(at *checkpoint) error {
	withNotes, err := r.withNotes(r.ctx)
	if err != nil {
		return err
	}
	for page, err := range r.issuePages(r.ctx, "", url.Values{"include": {"attachments"}}, at.Next) {
		if err != nil {
			return err
		}
		err := r.issues(page, withNotes, func(issue int) string {
			at.Next = issue + 1
			return at.text()
		})
		if err != nil || r.over {
			return err
		}
	}
	return nil
}

func (r *reading) allWikis(at *checkpoint) error {
	for i := range r.projects {
		p := &r.projects[i]
		if p.ID < at.Next || !p.has(wikiModule) {
			continue
		}
		if p.ID > at.Next {
			at.Page = ""
		}
		pages, err := r.titles(r.ctx, p)
		if err != nil {
			return err
		}
		for _, page := range pages {
			if p.ID == at.Next && page.Title <= at.Page {
				continue
			}
			item, err := r.pageItem(r.ctx, r.writer, p, page.Title)
			if err != nil {
				return err
			}
			at.Next, at.Page = p.ID, page.Title
			if item != nil {
				item.Checkpoint = at.text()
				if !r.tell(*item) {
					return nil
				}
			}
		}
	}
	return r.ctx.Err()
}
