package redmine

import (
	"context"
	"iter"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Permissions tells of every issue, note and wiki page what its permissions
// hang on, and reads no text but that of issues whose notes are not known. It
// lists all there is, so what it does not tell is gone.
func (c *Connector) Permissions(ctx context.Context) iter.Seq2[connectors.Item, error] {
	return c.read(ctx, func(r *reading) error {
		if err := r.issuePermissions(); err != nil || r.over {
			return err
		}
		if err := r.wikiPermissions(); err != nil || r.over {
			return err
		}
		return r.end(connectors.Complete, checkpoint{})
	})
}

func (r *reading) issuePermissions() error {
	var withNotes set
	if len(r.notes.byIssue) == 0 {
		var err error
		if withNotes, err = r.withNotes(r.ctx); err != nil {
			return err
		}
	}
	turn, still := r.notes.next(r.Connector.config.RecheckNotes), set{}
	for page, err := range r.issuePages(r.ctx, "", nil, 0) {
		if err != nil {
			return err
		}
		if err := r.refreshNotes(page, withNotes, turn); err != nil {
			return err
		}
		for i := range page {
			still[page[i].ID] = true
			if !r.tellAccess(&page[i]) {
				return nil
			}
		}
	}
	for id := range r.notes.byIssue {
		if !still[id] {
			delete(r.notes.byIssue, id)
		}
	}
	return r.ctx.Err()
}

// refreshNotes reads the notes of those issues of a page whose notes may be
// others than are remembered.
func (r *reading) refreshNotes(page []apiIssue, withNotes, turn set) error {
	var numbers []int
	for i := range page {
		id := page[i].ID
		_, known := r.notes.get(&page[i])
		switch {
		case known && !turn[id]:
		case withNotes != nil && !withNotes[id]:
			r.notes.put(&page[i], r.at)
		default:
			numbers = append(numbers, id)
		}
	}
	read, err := r.details(r.ctx, numbers)
	for i, issue := range read {
		if issue == nil {
			delete(r.notes.byIssue, numbers[i]) // gone by now
		} else {
			r.notes.put(issue, r.at)
		}
	}
	return err
}

func (r *reading) tellAccess(issue *apiIssue) bool {
	access, err := r.ticketAccess(issue)
	if !r.tell(accessOnly(r.writer.names.ticket(issue.ID), access, err)) {
		return false
	}
	for _, n := range r.notes.byIssue[issue.ID].notes {
		access, err := r.noteAccess(issue, n)
		if !r.tell(accessOnly(r.writer.names.note(issue.ID, n.id), access, err)) {
			return false
		}
	}
	return true
}

func (r *reading) wikiPermissions() error {
	titles, err := r.allTitles(r.ctx, r.roster)
	if err != nil {
		return err
	}
	for i := range r.projects {
		p := &r.projects[i]
		pages, has := titles[p.ID]
		if !has {
			continue
		}
		for _, page := range pages {
			object, err := r.writer.names.page(p.Identifier, page.Title)
			var access []eyeshot.Relationship
			if err == nil {
				access = r.pageAccess(p, object)
			}
			if !r.tell(accessOnly(object, access, err)) {
				return nil
			}
		}
	}
	return r.ctx.Err()
}
