package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// reading is one way through a tree that was listed.
type reading struct {
	*Connector
	root   *os.Root
	tree   tree
	listed manifest
}

// begin lists the tree for a reading.
func (c *Connector) begin(ctx context.Context) (*reading, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, err := c.open()
	if err != nil {
		return nil, err
	}
	at := time.Now()
	t, err := c.list(ctx, root)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &reading{Connector: c, root: root, tree: t, listed: newManifest(t, at)}, nil
}

// read tells the files of a tree behind one; accessOnly says of which the
// content is not told.
func (c *Connector) read(ctx context.Context, behind string, accessOnly func(*reading, file) bool, checkpoint func(file) string, end func(*reading) connectors.Item) iter.Seq2[connectors.Item, error] {
	return func(yield func(connectors.Item, error) bool) {
		r, err := c.begin(ctx)
		if err != nil {
			yield(connectors.Item{}, err)
			return
		}
		defer func() { _ = r.root.Close() }()
		for _, f := range r.tree.files {
			if f.path <= behind {
				continue
			}
			if ctx.Err() != nil {
				break
			}
			item := r.item(ctx, f, accessOnly(r, f))
			if ctx.Err() != nil {
				continue // what was read of it may be an error of the context's
			}
			item.Checkpoint = checkpoint(f)
			if !yield(item, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(connectors.Item{}, err)
			return
		}
		yield(end(r), nil)
	}
}

// Snapshot tells all files by path.
func (c *Connector) Snapshot(ctx context.Context, from string) iter.Seq2[connectors.Item, error] {
	behind := ""
	if from != "" {
		var err error
		if behind, err = c.parsePosition(from); err != nil {
			return failed(err)
		}
	}
	return c.read(ctx, behind, func(*reading, file) bool { return false }, func(f file) string { return c.position(f.path) }, func(r *reading) connectors.Item {
		if from != "" { // what changed among the files that were told before is not known
			return connectors.Item{End: connectors.Complete, Checkpoint: c.since("-")}
		}
		c.keep(r.listed)
		return connectors.Item{End: connectors.Complete, Checkpoint: c.since(r.listed.digest)}
	})
}

// Changes tells all files: with their content those that do not look as they
// did, and all where it is not known how they looked.
func (c *Connector) Changes(ctx context.Context, since string) iter.Seq2[connectors.Item, error] {
	digest, err := c.parseSince(since)
	if err != nil {
		return failed(err)
	}
	known := c.kept()
	same := func(r *reading, f file) bool {
		if known.digest == digest {
			return known.holds(f)
		}
		return r.listed.digest == digest && r.listed.holds(f)
	}
	return c.read(ctx, "", same, func(file) string { return "" }, func(r *reading) connectors.Item {
		c.keep(r.listed)
		return connectors.Item{End: connectors.Complete, Checkpoint: c.since(r.listed.digest)}
	})
}

// Permissions tells who reads each file.
func (c *Connector) Permissions(ctx context.Context) iter.Seq2[connectors.Item, error] {
	return c.read(ctx, "", func(*reading, file) bool { return true }, func(file) string { return "" }, func(*reading) connectors.Item {
		return connectors.Item{End: connectors.Complete}
	})
}

func (c *Connector) keep(m manifest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.manifest = m
}

func (c *Connector) kept() manifest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.manifest
}

func failed(err error) iter.Seq2[connectors.Item, error] {
	return func(yield func(connectors.Item, error) bool) { yield(connectors.Item{}, err) }
}

// item tells one file.
func (r *reading) item(ctx context.Context, f file, accessOnly bool) connectors.Item {
	object, err := r.object(f.path)
	if err != nil {
		return connectors.Item{Refused: connectors.Refuse(connectors.Malformed, err)}
	}
	item := connectors.Item{Document: eyeshot.Document{Object: object}}
	if f.link {
		item.Refused = connectors.Refuse(connectors.Unreadable, eyeshot.Invalid("file", f.path, "is a link, and links are not followed"))
		return item
	}
	content, err := r.content(ctx, f, accessOnly)
	if errors.Is(err, fs.ErrNotExist) {
		item.Deleted = true
		return item
	}
	if err != nil {
		item.Refused = refusal(f.path, err)
		return item
	}
	relationships, refused := r.readers(r.tree, f.path, object, content.front.own)
	if refused != nil {
		item.Refused = refused
		return item
	}
	item.Document.Relationships = relationships
	if item.AccessOnly = accessOnly; !accessOnly {
		r.fill(&item.Document, f, content)
	}
	return item
}

// content reads a file, or of one whose permissions alone are told no more than
// may say something about them.
func (r *reading) content(ctx context.Context, f file, accessOnly bool) (text, error) {
	if accessOnly && kindOf(f.path) != markdown {
		return text{}, nil
	}
	if r.gaveUp(f) {
		return text{}, errGaveUp
	}
	data, err := readLimited(r.root, f.path, f.info, r.config.MaxFile)
	if err != nil {
		return text{}, err
	}
	content, err := r.extract(ctx, f.path, data)
	if errors.Is(err, errGaveUp) && ctx.Err() == nil {
		r.giveUp(f)
	}
	return content, err
}

// gaveUp says whether a file took too long before and looks as it did then: one
// that keeps a processor busy does so once.
func (c *Connector) gaveUp(f file) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, found := c.givenUp[f.path]
	return found && s == stampOf(f)
}

func (c *Connector) giveUp(f file) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.givenUp[f.path] = stampOf(f)
}

func (r *reading) fill(doc *eyeshot.Document, f file, content text) {
	doc.Title, doc.Text, doc.Format = content.title, content.body, content.format
	doc.URL, doc.UpdatedAt = r.link(f.path), f.info.ModTime().UTC()
	doc.Metadata = map[string]any{}
	for key, value := range content.front.metadata {
		doc.Metadata[key] = value
	}
	doc.Metadata["path"] = f.path
	doc.Metadata["folder"] = path.Dir(f.path)
}

// refusal says why a file is not told.
func refusal(name string, err error) *connectors.Refusal {
	kind := connectors.Unreadable
	switch {
	case errors.Is(err, errTooLarge):
		kind = connectors.TooLarge
	case errors.Is(err, eyeshot.ErrInvalid) && kindOf(name) != markdown:
		kind = connectors.BadContent
	}
	return connectors.Refuse(kind, fmt.Errorf("%s: %w", name, err))
}

// Probe says what is in the tree, and what nobody can read.
func (c *Connector) Probe(ctx context.Context) ([]connectors.Finding, error) {
	r, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.root.Close() }()
	findings := []connectors.Finding{{OK: true, Text: fmt.Sprintf("Sees %d files, and %d folders that say who reads them.", len(r.tree.files), len(r.tree.rules))}}
	var closed []string
	for _, f := range r.tree.files {
		if item := r.item(ctx, f, true); item.Refused != nil {
			closed = append(closed, f.path)
		}
	}
	if len(closed) > 0 {
		findings = append(findings, connectors.Finding{Text: fmt.Sprintf("Can't read %d of them, or does not understand who reads them; nobody will: %s.", len(closed), strings.Join(closed[:min(len(closed), 5)], ", "))})
	}
	folders := make([]string, 0, len(r.tree.rules))
	for folder, rules := range r.tree.rules {
		if rules.err != nil {
			folders = append(folders, fmt.Sprintf("%s (%s)", folder, rules.err))
		}
	}
	slices.Sort(folders)
	for _, folder := range folders {
		findings = append(findings, connectors.Finding{Text: "Does not understand the rules of " + folder + "."})
	}
	return findings, nil
}
