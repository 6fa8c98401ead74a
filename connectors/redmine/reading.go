package redmine

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot/connectors"
)

// reading is one Snapshot, Changes or Permissions on its way.
type reading struct {
	*Connector
	*writer
	ctx   context.Context
	at    time.Time // in Redmine, when it began
	yield func(connectors.Item, error) bool
	over  bool // the consumer wants no more
}

// read makes a reading of what do tells; what do returns ends it.
func (c *Connector) read(ctx context.Context, do func(*reading) error) iter.Seq2[connectors.Item, error] {
	return func(yield func(connectors.Item, error) bool) {
		r, err := c.begin(ctx, yield)
		if err == nil {
			err = do(r)
		}
		if err != nil && (r == nil || !r.over) {
			yield(connectors.Item{}, err)
		}
	}
}

func (c *Connector) begin(ctx context.Context, yield func(connectors.Item, error) bool) (*reading, error) {
	at, err := c.now(ctx)
	if err != nil {
		return nil, err
	}
	roster, err := c.take(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{roster: roster, names: c.names, config: c.config, base: strings.TrimSuffix(c.config.URL, "/"), scopes: map[scopeKey]scopeFacts{}}
	return &reading{Connector: c, writer: w, ctx: ctx, at: at, yield: yield}, nil
}

// tell hands an item on; false where the consumer wants no more.
func (r *reading) tell(item connectors.Item) bool {
	if !r.over && !r.yield(item, nil) {
		r.over = true
	}
	return !r.over
}

// end tells how the reading ended, unless it was broken off.
func (r *reading) end(how connectors.End, at checkpoint) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	text := ""
	if at.Phase != "" {
		text = at.text()
	}
	r.tell(connectors.Item{End: how, Checkpoint: text})
	return nil
}

// issues tells the issues of a page whole. Those without notes, where it is
// known which those are, need no reading of their own.
func (r *reading) issues(page []apiIssue, withNotes set, each func(issue int) string) error {
	var numbers []int
	for _, issue := range page {
		if withNotes == nil || withNotes[issue.ID] {
			numbers = append(numbers, issue.ID)
		}
	}
	read, err := r.details(r.ctx, numbers)
	if err != nil {
		return err
	}
	byID := map[int]*apiIssue{}
	for i, id := range numbers {
		byID[id] = read[i]
	}
	for i := range page {
		issue, detailed := byID[page[i].ID]
		if !detailed {
			issue = &page[i]
		}
		if issue == nil {
			continue // gone by now
		}
		r.notes.put(issue, r.at)
		items := r.whole(issue)
		items[len(items)-1].Checkpoint = each(issue.ID)
		for _, item := range items {
			if !r.tell(item) {
				return nil
			}
		}
	}
	return r.ctx.Err()
}

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

// project is a filter for the issues of one project without those below it.
func inProject(id int) url.Values {
	return url.Values{"project_id": {strconv.Itoa(id)}, "subproject_id": {"!*"}}
}
