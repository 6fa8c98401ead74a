package connectortest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Connector reads a [Source] page by page, as one would over a network. It
// implements [connectors.Connector] and [connectors.Meter].
type Connector struct {
	source *Source
	asked  int64
}

// Connector opens a connector of the source.
func (s *Source) Connector() *Connector { return &Connector{source: s} }

// Requests returns the number of requests so far.
func (c *Connector) Requests() int64 {
	c.source.mu.Lock()
	defer c.source.mu.Unlock()
	return c.asked
}

// Lie is a way to break the contract.
type Lie string

// The lies.
const (
	CompleteAnyway     Lie = "ends as complete whatever happens"
	IgnoresTruncation  Lie = "believes a short page"
	DropsSpoiled       Lie = "leaves out what it does not understand"
	IgnoresCheckpoint  Lie = "goes on one too far"
	SendsContent       Lie = "sends content with permissions"
	EndsQuietly        Lie = "ends without an error when cancelled"
	HidesShares        Lie = "does not tell changed permissions"
	TakesAnyCheckpoint Lie = "takes any checkpoint"
	ForgetsChanges     Lie = "moves on without telling changes"
	KeepsDeleted       Lie = "tells what is deleted"
	CutsAccess         Lie = "ends access without an error"
	StopsEarly         Lie = "stops in the middle without a word"
)

const pageSize = 2

// page is one answer of the source: some entries in order, and how many there
// are behind them.
type page struct {
	entries []entry
	gone    []bool
	left    int
}

// request counts, and says how this request goes wrong.
func (c *Connector) request(ctx context.Context) (Fault, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s := c.source
	s.requests++
	c.asked++
	if s.breakAt == 0 || s.requests < s.breakAt {
		return "", nil
	}
	if s.how == Failing {
		return s.how, fmt.Errorf("%w: the scripted source fails at request %d", eyeshot.ErrUnavailable, s.requests)
	}
	return s.how, nil
}

// page reads the entries behind after, in the order of less.
func (c *Connector) page(ctx context.Context, entries []entry, gone []bool) (page, error) {
	fault, err := c.request(ctx)
	if err != nil {
		return page{}, err
	}
	n := min(pageSize, len(entries))
	p := page{entries: entries[:n], gone: gone[:n], left: len(entries) - n}
	if fault == Truncated && n > 0 {
		p.entries, p.gone = p.entries[:n-1], p.gone[:n-1]
	}
	if fault == Drift && len(entries) > n {
		p.entries, p.gone, p.left = entries[1:n+1], gone[1:n+1], len(entries)-n-1
	}
	return p, nil
}

// walk reads pages and verifies that each follows the one before.
func (c *Connector) walk(ctx context.Context, list func() ([]entry, []bool), emit func(e entry, gone bool) bool) error {
	c.source.mu.Lock()
	entries, gone := list()
	c.source.mu.Unlock()
	for rest := len(entries); ; {
		c.source.mu.Lock()
		p, err := c.page(ctx, entries, gone)
		lie := c.source.Lie
		c.source.mu.Unlock()
		if err != nil {
			return err
		}
		if rest-len(p.entries) != p.left && lie != IgnoresTruncation {
			return fmt.Errorf("%w: a page does not follow the one before", eyeshot.ErrUnavailable)
		}
		for i, e := range p.entries {
			if !emit(e, p.gone[i]) {
				return nil
			}
		}
		if rest = p.left; rest == 0 || len(p.entries) == 0 {
			return nil
		}
		entries, gone = entries[len(entries)-rest:], gone[len(gone)-rest:]
	}
}

// Access tells the access of the source.
func (c *Connector) Access(ctx context.Context) iter.Seq2[eyeshot.Relationship, error] {
	return func(yield func(eyeshot.Relationship, error) bool) {
		all := c.source.Access()
		for chunk := range slices.Chunk(all, pageSize) {
			c.source.mu.Lock()
			fault, err := c.request(ctx)
			lie := c.source.Lie
			c.source.mu.Unlock()
			if lie == CutsAccess && fault != "" {
				return
			}
			if err == nil && fault != "" {
				err = fmt.Errorf("%w: a page does not follow the one before", eyeshot.ErrUnavailable)
			}
			if err != nil {
				yield(eyeshot.Relationship{}, err)
				return
			}
			for _, r := range chunk {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// Snapshot tells all documents by object.
func (c *Connector) Snapshot(ctx context.Context, from string) iter.Seq2[connectors.Item, error] {
	var began int64
	var last string
	if from == "" {
		c.source.mu.Lock()
		began = c.source.seq
		c.source.mu.Unlock()
	} else if n, err := fmt.Sscanf(from, "snapshot %d %q", &began, &last); (n != 2 || err != nil) && c.source.Lie != TakesAnyCheckpoint {
		return failed(connectors.ErrCheckpoint)
	}
	return c.tell(ctx, func() ([]entry, []bool) {
		entries := c.sorted(func(a, b entry) int { return cmp.Compare(a.doc.Object, b.doc.Object) }, func(e entry) bool {
			return string(e.doc.Object) > last
		})
		if c.source.Lie == IgnoresCheckpoint && last != "" && len(entries) > 0 {
			entries = entries[1:]
		}
		return entries, make([]bool, len(entries))
	}, func(e entry) string { return fmt.Sprintf("snapshot %d %q", began, e.doc.Object) }, connectors.Item{
		End: connectors.Complete, Checkpoint: fmt.Sprintf("changes %d", began),
	})
}

// Changes tells what has changed by time, deletions included.
func (c *Connector) Changes(ctx context.Context, since string) iter.Seq2[connectors.Item, error] {
	var after int64
	if n, err := fmt.Sscanf(since, "changes %d", &after); (n != 1 || err != nil) && c.source.Lie != TakesAnyCheckpoint {
		return failed(connectors.ErrCheckpoint)
	}
	c.source.mu.Lock()
	next := c.source.seq
	if c.source.Lie == ForgetsChanges {
		after = next
	}
	c.source.mu.Unlock()
	return c.tell(ctx, func() ([]entry, []bool) {
		entries := c.sorted(func(a, b entry) int { return cmp.Compare(a.seq, b.seq) }, func(e entry) bool { return e.seq > after })
		for object, seq := range c.source.deleted {
			if seq > after {
				entries = append(entries, entry{doc: eyeshot.Document{Object: object}, seq: seq})
			}
		}
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.seq, b.seq) })
		gone := make([]bool, len(entries))
		for i, e := range entries {
			_, gone[i] = c.source.deleted[e.doc.Object]
		}
		return entries, gone
	}, func(e entry) string { return fmt.Sprintf("changes %d", e.seq) }, connectors.Item{
		End: connectors.Partial, Checkpoint: fmt.Sprintf("changes %d", next),
	})
}

// Permissions tells the relationships of all documents.
func (c *Connector) Permissions(ctx context.Context) iter.Seq2[connectors.Item, error] {
	all := c.tell(ctx, func() ([]entry, []bool) {
		entries := c.sorted(func(a, b entry) int { return cmp.Compare(a.doc.Object, b.doc.Object) }, func(entry) bool { return true })
		return entries, make([]bool, len(entries))
	}, func(entry) string { return "" }, connectors.Item{End: connectors.Complete})
	return func(yield func(connectors.Item, error) bool) {
		for item, err := range all {
			if item.End == "" && err == nil && c.source.Lie != SendsContent {
				item.AccessOnly = true
				item.Document = eyeshot.Document{Object: item.Document.Object, Relationships: item.Document.Relationships}
				if c.source.Lie == HidesShares {
					continue
				}
			}
			if c.source.Lie == HidesShares && item.End != "" {
				item.End = connectors.Partial
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func (c *Connector) sorted(less func(a, b entry) int, keep func(entry) bool) []entry {
	entries := slices.SortedFunc(maps.Values(c.source.docs), less)
	if c.source.Lie == KeepsDeleted {
		for object := range c.source.deleted {
			entries = append(entries, entry{doc: eyeshot.Document{Object: object, Title: "deleted", Relationships: on(object, []string{"viewer user:1"})}})
		}
		slices.SortFunc(entries, less)
	}
	return slices.DeleteFunc(entries, func(e entry) bool { return !keep(e) })
}

// tell makes items of entries, and an end.
func (c *Connector) tell(ctx context.Context, list func() ([]entry, []bool), checkpoint func(entry) string, end connectors.Item) iter.Seq2[connectors.Item, error] {
	return func(yield func(connectors.Item, error) bool) {
		stopped := false
		err := c.walk(ctx, list, func(e entry, gone bool) bool {
			item := connectors.Item{Document: e.doc, Deleted: gone, Checkpoint: checkpoint(e)}
			if e.spoiled {
				if c.source.Lie == DropsSpoiled {
					return true
				}
				item.Document = eyeshot.Document{Object: e.doc.Object}
				item.Refused = connectors.Refuse(connectors.Unreadable, fmt.Errorf("%w: spoiled", eyeshot.ErrInvalid))
			}
			stopped = !yield(item, nil)
			return !stopped
		})
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case stopped:
		case c.source.Lie == StopsEarly:
		case c.source.Lie == CompleteAnyway:
			end.End = connectors.Complete
			yield(end, nil)
		case err != nil && c.source.Lie == EndsQuietly && ctx.Err() != nil:
		case err != nil:
			yield(connectors.Item{}, err)
		default:
			yield(end, nil)
		}
	}
}

func failed(err error) iter.Seq2[connectors.Item, error] {
	return func(yield func(connectors.Item, error) bool) { yield(connectors.Item{}, err) }
}
