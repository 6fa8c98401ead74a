package jira

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// rounds is how often a listing that drifts is read before it is given up.
const rounds = 4

// allIDs is the page size for a listing of ids alone: the most that Jira gives.
const allIDs = 5000

// walk hands on every issue that a query finds. Issues may come again, where
// the listing had to be read anew.
//
// SECURITY: what deletions hang on has to be complete, and a page of Jira may
// be short, or hide one that slid by because another went away. So when all
// pages are read the ids are listed once more, which takes one page or a few,
// and counted: one that was not seen, or a number that is too small, has the
// whole read again, and in the end is an error.
func (r reading) walk(ctx context.Context, jql string, changelog bool, each func(issue) error) error {
	var last error
	for range rounds {
		seen, err := r.round(ctx, jql, changelog, each)
		if err == nil {
			err = r.verify(ctx, jql, seen)
		}
		if !moved(err) {
			return err
		}
		last = err
	}
	return fmt.Errorf("read the issues: %w", last)
}

func (r reading) round(ctx context.Context, jql string, changelog bool, each func(issue) error) (map[string]bool, error) {
	seen := map[string]bool{}
	for i, err := range r.api.search(ctx, searchFor{jql: jql, fields: r.needed(), changelog: changelog}) {
		if err != nil {
			return nil, err
		}
		seen[i.ID] = true
		if err := each(i); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

func (r reading) verify(ctx context.Context, jql string, seen map[string]bool) error {
	listed := 0
	for i, err := range r.api.search(ctx, searchFor{jql: jql, fields: []string{"id"}, pageSize: allIDs}) {
		if err != nil {
			return err
		}
		if !seen[i.ID] {
			return fmt.Errorf("%w: an issue was passed over", httpsource.ErrDrift)
		}
		listed++
	}
	restriction, _, _ := strings.Cut(jql, " ORDER BY ")
	total, err := r.api.count(ctx, restriction)
	if err != nil {
		return err
	}
	if listed < total {
		return fmt.Errorf("%w: %d of %d issues", httpsource.ErrTruncated, listed, total)
	}
	return nil
}

// tellIssue tells an issue's items.
func (r reading) tellIssue(ctx context.Context, t telling[connectors.Item], i issue, checkpoint string) error {
	items, err := r.items(ctx, i)
	if err != nil {
		return err
	}
	items[len(items)-1].Checkpoint = checkpoint
	return t.tell(items...)
}

func inProject(p *project) string { return "project = " + p.ID + " ORDER BY key ASC" }

func sorted(names map[string]bool) []string { return slices.Sorted(maps.Keys(names)) }
