package redmine

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// titles lists the pages of a project's wiki by title.
func (c *Connector) titles(ctx context.Context, p *project) ([]apiPage, error) {
	var answer struct {
		Pages []apiPage `json:"wiki_pages"`
	}
	err := c.get(ctx, "", "/projects/"+strconv.Itoa(p.ID)+"/wiki/index.json", nil, &answer)
	switch {
	case httpsource.Status(err) == 404:
		return nil, nil // the module is on, and no wiki was ever made
	case err != nil:
		return nil, fmt.Errorf("list the wiki of %s: %w", p.Identifier, err)
	}
	slices.SortFunc(answer.Pages, func(a, b apiPage) int { return strings.Compare(a.Title, b.Title) })
	return answer.Pages, nil
}

// allTitles lists the pages of all wikis, by project.
func (c *Connector) allTitles(ctx context.Context, r *roster) (map[int][]apiPage, error) {
	found := make([][]apiPage, len(r.projects))
	err := c.each(ctx, len(r.projects), func(ctx context.Context, i int) (err error) {
		if p := &r.projects[i]; p.has(wikiModule) {
			found[i], err = c.titles(ctx, p)
		}
		return err
	})
	out := map[int][]apiPage{}
	for i, p := range r.projects {
		if p.has(wikiModule) {
			out[p.ID] = found[i]
		}
	}
	return out, err
}

// fingerprint tells one set of titles from another.
func fingerprint(pages []apiPage) string {
	hash := fnv.New32a()
	for _, page := range pages {
		_, _ = hash.Write([]byte(page.Title + "\x00"))
	}
	return strconv.FormatUint(uint64(hash.Sum32()), 36)
}

// pageItem reads a page; nil where it is gone by now.
func (c *Connector) pageItem(ctx context.Context, w *writer, p *project, title string) (*connectors.Item, error) {
	object, err := w.names.page(p.Identifier, title)
	if err != nil {
		item := refused("", fmt.Errorf("a page of the wiki of %s: %w", p.Identifier, err))
		return &item, nil
	}
	var answer struct {
		Page apiPage `json:"wiki_page"`
	}
	err = c.get(ctx, "", "/projects/"+strconv.Itoa(p.ID)+"/wiki/"+url.PathEscape(title)+".json", url.Values{"include": {"attachments"}}, &answer)
	if httpsource.Status(err) == 404 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", object, err)
	}
	item := w.page(p, object, &answer.Page)
	return &item, nil
}
