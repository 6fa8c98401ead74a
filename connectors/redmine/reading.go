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

// inProject is a filter for the issues of one project without those below it.
func inProject(id int) url.Values {
	return url.Values{"project_id": {strconv.Itoa(id)}, "subproject_id": {"!*"}}
}
