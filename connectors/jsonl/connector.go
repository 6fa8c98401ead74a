package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/access"
)

// Config is what a [Connector] reads.
type Config struct {
	Path    string // of the file of JSON Lines; not standard input
	Access  string // of an access file; "" for none
	Tenant  string
	Source  string
	MaxLine int // bytes; 0 means [DefaultMaxLine]
}

// Connector reads a file as a source that lasts: what the file no longer holds
// is gone, and lines that are added behind the others are changes. A file is
// replaced by renaming another over it, or grown at its end; one that changes
// in any other way while it is read is an error. It implements
// [connectors.Connector].
type Connector struct{ config Config }

// NewConnector makes a connector; it opens nothing yet.
func NewConnector(config Config) (*Connector, error) {
	if config.Path == "" || config.Path == "-" {
		return nil, eyeshot.Invalid("path", config.Path, "must be the path of a file of JSON Lines")
	}
	return &Connector{config: config}, nil
}

// open opens the file and reads the access file anew.
func (c *Connector) open() (*Reader, error) {
	if _, err := os.Stat(c.config.Path); err != nil { // it may be back by the next time
		return nil, fmt.Errorf("%w: open the file: %w", eyeshot.ErrUnavailable, err)
	}
	options := Options{Tenant: c.config.Tenant, Source: c.config.Source, MaxLine: c.config.MaxLine}
	if c.config.Access != "" {
		var err error
		if options.Access, err = access.Read(c.config.Access); err != nil {
			return nil, err
		}
	}
	r, err := Open(c.config.Path, nil, options)
	if err == nil && !r.seekable {
		err = errors.Join(eyeshot.Invalid("path", c.config.Path, "must be a regular file"), r.Close())
	}
	return r, err
}

// Access tells the relationships of the access file's groups, projects, levels
// and folders.
func (c *Connector) Access(ctx context.Context) iter.Seq2[eyeshot.Relationship, error] {
	return func(yield func(eyeshot.Relationship, error) bool) {
		var grants []eyeshot.Relationship
		if c.config.Access != "" {
			file, err := access.Read(c.config.Access)
			var of *access.Grants
			if err == nil {
				of, err = file.For(c.config.Tenant, c.config.Source)
			}
			if err != nil {
				yield(eyeshot.Relationship{}, err)
				return
			}
			grants = of.Access()
		}
		for _, r := range grants {
			if err := ctx.Err(); err != nil {
				yield(eyeshot.Relationship{}, err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Snapshot tells all lines.
func (c *Connector) Snapshot(ctx context.Context, from string) iter.Seq2[connectors.Item, error] {
	return c.read(ctx, from, from != "", func(item connectors.Item) connectors.Item { return item }, connectors.Complete)
}

// Changes tells the lines that were added behind those of the checkpoint. A file
// that does not begin with what was read then is [connectors.ErrCheckpoint].
func (c *Connector) Changes(ctx context.Context, since string) iter.Seq2[connectors.Item, error] {
	return c.read(ctx, since, true, func(item connectors.Item) connectors.Item { return item }, connectors.Partial)
}

// Permissions tells all lines without their content.
func (c *Connector) Permissions(ctx context.Context) iter.Seq2[connectors.Item, error] {
	return c.read(ctx, "", false, withoutContent, connectors.Complete)
}

func withoutContent(item connectors.Item) connectors.Item {
	doc := item.Document
	item.AccessOnly = item.Refused == nil
	item.Document = eyeshot.Document{Object: doc.Object, Relationships: doc.Relationships}
	item.Checkpoint = ""
	return item
}

// read reads the file to its end, from a checkpoint where resume is set.
func (c *Connector) read(ctx context.Context, from string, resume bool, shape func(connectors.Item) connectors.Item, end connectors.End) iter.Seq2[connectors.Item, error] {
	return func(yield func(connectors.Item, error) bool) {
		r, err := c.open()
		if err != nil {
			yield(connectors.Item{}, err)
			return
		}
		defer func() { _ = r.Close() }() // it was only read
		before, err := r.file.Stat()
		if err == nil && before.Size() == 0 {
			err = errEmpty
		}
		if err == nil && resume {
			err = r.goOn(from)
		}
		if err != nil {
			yield(connectors.Item{}, err)
			return
		}
		next, stopped, err := r.tell(ctx, shape, yield)
		if stopped {
			return
		}
		if err == nil {
			err = c.unchanged(before)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(connectors.Item{}, err)
			return
		}
		yield(connectors.Item{End: end, Checkpoint: next}, nil)
	}
}

// SECURITY: who writes a file anew empties it first, and it would look like one
// that everything is gone from.
var errEmpty = fmt.Errorf("%w: the file is empty, as one that is about to be written; one empty line says that there is nothing", eyeshot.ErrUnavailable)

// goOn goes to a checkpoint, or fails where it is none of this file.
func (r *Reader) goOn(from string) error {
	lines, err := r.Resume(from)
	if err != nil {
		return err
	}
	if lines == 0 && from != r.start() {
		return fmt.Errorf("%w: the file does not begin with what was read before", connectors.ErrCheckpoint)
	}
	return nil
}

// start is the checkpoint of a file of which nothing was read.
func (r *Reader) start() string {
	if err := r.begin(); err != nil || r.offset != 0 {
		return ""
	}
	return r.checkpoint()
}

// tell tells the lines and returns the checkpoint behind the last whole one.
func (r *Reader) tell(ctx context.Context, shape func(connectors.Item) connectors.Item, yield func(connectors.Item, error) bool) (next string, stopped bool, err error) {
	if err := r.begin(); err != nil {
		return "", false, err
	}
	next = r.checkpoint()
	for item, err := range r.Items(ctx) {
		if err != nil {
			return "", false, err
		}
		// SECURITY: a file that is still being written looks like one that ends
		// here, and what it does not hold yet like what is gone.
		if item.Refused != nil && !r.whole {
			return "", false, fmt.Errorf("%w: line %d, the last, is not whole: the file was cut short, or is being written", eyeshot.ErrUnavailable, item.Line)
		}
		if item.Checkpoint != "" {
			next = item.Checkpoint
		}
		if !yield(shape(item), nil) {
			return "", true, nil
		}
	}
	return next, false, nil
}

// unchanged fails where the file is not what it was when it was opened.
func (c *Connector) unchanged(before fs.FileInfo) error {
	after, err := os.Stat(c.config.Path)
	if err != nil {
		return fmt.Errorf("%w: look at the file again: %w", eyeshot.ErrUnavailable, err)
	}
	if !os.SameFile(before, after) || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return fmt.Errorf("%w: the file changed while it was read", eyeshot.ErrUnavailable)
	}
	return nil
}

// Probe says what the file holds.
func (c *Connector) Probe(ctx context.Context) ([]connectors.Finding, error) {
	documents, refused := 0, 0
	for item, err := range c.Permissions(ctx) {
		switch {
		case err != nil:
			return nil, err
		case item.Refused != nil:
			refused++
		case item.End == "":
			documents++
		}
	}
	findings := []connectors.Finding{{OK: true, Text: fmt.Sprintf("Reads %s: %d documents.", c.config.Path, documents)}}
	if refused > 0 {
		findings = append(findings, connectors.Finding{Text: fmt.Sprintf("Does not understand %d lines; their documents are readable by nobody.", refused)})
	}
	if c.config.Access == "" {
		findings = append(findings, connectors.Finding{OK: true, Text: "Has no access file: only lines with relationships of their own are readable."})
	}
	return findings, nil
}
