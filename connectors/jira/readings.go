package jira

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot/connectors"
)

// overlap is how much of the past Changes looks at again: a search may know of
// a change some moments later.
const overlap = 2 * time.Minute

// Snapshot implements [connectors.Connector]. It goes project by project, and
// goes on at the project in which it stopped.
func (c *Connector) Snapshot(ctx context.Context, from string) iter.Seq2[connectors.Item, error] {
	return sequence(ctx, func(t telling[connectors.Item]) error {
		at, err := begin(from)
		if err != nil {
			return err
		}
		r, err := c.read(ctx, false)
		if err != nil {
			return err
		}
		if at.At.IsZero() {
			at.At = r.picture.server.Now
		}
		for _, one := range r.picture.projects {
			if slices.Contains(at.Done, one.ID) {
				continue
			}
			if err := r.project(ctx, t, one, at.text()); err != nil {
				return err
			}
			at.Done = append(at.Done, one.ID)
		}
		return t.tell(connectors.Item{End: connectors.Complete, Checkpoint: checkpoint{At: at.At, Live: r.live()}.text()})
	})
}

func begin(from string) (checkpoint, error) {
	if from == "" {
		return checkpoint{}, nil
	}
	return parseCheckpoint(from)
}

func (c *Connector) read(ctx context.Context, accessOnly bool) (reading, error) {
	p, err := c.picture(ctx)
	return reading{Connector: c, picture: p, accessOnly: accessOnly}, err
}

func (r reading) project(ctx context.Context, t telling[connectors.Item], one *project, checkpoint string) error {
	err := r.walk(ctx, inProject(one), false, func(i issue) error { return r.tellIssue(ctx, t, i, checkpoint) })
	return within(err, "read project", one.Key)
}

func (r reading) live() []string {
	var out []string
	for _, one := range r.picture.projects {
		out = append(out, one.live())
	}
	return out
}

// live names a project with its key: under another one all its issues are
// other documents.
func (p *project) live() string { return p.ID + " " + p.Key }

// Permissions implements [connectors.Connector]: it lists every issue with the
// fields that permissions hang on.
func (c *Connector) Permissions(ctx context.Context) iter.Seq2[connectors.Item, error] {
	return sequence(ctx, func(t telling[connectors.Item]) error {
		r, err := c.read(ctx, true)
		if err != nil {
			return err
		}
		for _, one := range r.picture.projects {
			if err := r.project(ctx, t, one, ""); err != nil {
				return err
			}
		}
		return t.tell(connectors.Item{End: connectors.Complete})
	})
}

// Changes implements [connectors.Connector]: issues that were updated since,
// and all of a project that was not there then, such as one that came back from
// the archive or has a new key. Of an issue that moved it tells that its old names are gone.
func (c *Connector) Changes(ctx context.Context, since string) iter.Seq2[connectors.Item, error] {
	return sequence(ctx, func(t telling[connectors.Item]) error {
		at, err := parseCheckpoint(since)
		if err != nil {
			return err
		}
		r, err := c.read(ctx, false)
		if err != nil {
			return err
		}
		// When the picture was taken: whatever is newer is read again next time.
		now := r.picture.server.Now
		for _, one := range r.picture.projects {
			if slices.Contains(at.Live, one.live()) {
				continue
			}
			if err := r.project(ctx, t, one, ""); err != nil {
				return err
			}
		}
		ago := now.Sub(at.At) + c.config.Now().Sub(r.picture.began)
		if err := r.updated(ctx, t, ago); err != nil {
			return err
		}
		return t.tell(connectors.Item{End: connectors.Partial, Checkpoint: checkpoint{At: now, Live: r.live()}.text()})
	})
}

// updated tells what was updated in a time up to now. Times in JQL are in
// the reader's own time zone and cut to minutes, so it asks by how long ago.
func (r reading) updated(ctx context.Context, t telling[connectors.Item], ago time.Duration) error {
	minutes := int64((max(ago, 0)+overlap)/time.Minute) + 1
	jql := fmt.Sprintf(`updated >= "-%dm"`, minutes)
	if len(r.config.Projects) > 0 {
		var ids []string
		for _, one := range r.picture.projects {
			ids = append(ids, one.ID)
		}
		if len(ids) == 0 {
			return nil
		}
		jql += " AND project in (" + strings.Join(ids, ", ") + ")"
	}
	err := r.walk(ctx, jql+" ORDER BY key ASC", true, func(i issue) error {
		for _, key := range i.formerKeys() {
			object, err := r.names().ticket(key)
			if err != nil {
				continue // it was no name then either
			}
			if err := t.tell(deleted(object)); err != nil {
				return err
			}
		}
		return r.tellIssue(ctx, t, i, "")
	})
	return within(err, "read what was updated in the last minutes", fmt.Sprint(minutes))
}

// formerKeys are those that an issue had in other projects.
func (i issue) formerKeys() []string {
	var out []string
	for _, history := range i.Log.Histories {
		for _, item := range history.Items {
			if item.Field == "Key" && item.From != "" && item.From != i.Key {
				out = append(out, item.From)
			}
		}
	}
	return out
}
