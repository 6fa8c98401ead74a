package indexer

import (
	"context"
	"fmt"
	"iter"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// lot is what is changed together. What is removed in a lot is removed from all
// of its documents before anything is added to one of them.
type lot struct {
	entries    []*entry // each object once
	report     Report   // of what was seen on the way
	checkpoint string
}

// entry is one document on its way in.
type entry struct {
	item  connectors.Item
	index int
	// foreign: the object is not one of this source's documents, so whatever is
	// wrong with the entry, nothing of the object may be touched.
	foreign bool
	hash    string
	// chunks have their vectors; nil while the content seems to be as it was.
	chunks []eyeshot.Chunk
}

func (e *entry) object() eyeshot.Object { return e.item.Document.Object }

func (e *entry) refuse(refusal *connectors.Refusal) {
	e.item.Refused = refusal
	e.chunks = nil
}

// size estimates what the entry holds in memory, in bytes.
func (e *entry) size() int {
	doc := &e.item.Document
	return len(doc.Title) + len(doc.Text) + 200*len(doc.Relationships) + 500
}

// lots cuts items into lots, by number and by size, and hands them to emit. An
// error of the source ends it; what was read of the lot before it is left for
// the next run.
func (s *session) lots(ctx context.Context, items iter.Seq2[connectors.Item, error], report *Report, emit func(*lot) error) error {
	var entries []*entry
	size, index := 0, 0
	var end connectors.Item
	flush := func() error {
		if len(entries) == 0 {
			return nil
		}
		next := s.newLot(entries)
		entries, size = nil, 0
		return emit(next)
	}
	for item, err := range items {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if end.End != "" {
			return fmt.Errorf("%w: the connector told more behind the end", eyeshot.ErrInvalid)
		}
		if item.End != "" {
			end = item
			continue
		}
		e := &entry{item: item, index: index}
		index++
		if size+e.size() > s.config.LotBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		entries = append(entries, e)
		size += e.size()
		if len(entries) >= s.config.LotDocuments {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	// A sequence may end quietly when its context does.
	if err := ctx.Err(); err != nil {
		return err
	}
	report.End, report.Next = end.End, end.Checkpoint
	return flush()
}

// newLot keeps the last entry of each object.
//
// SECURITY: the last counts even where it is refused: an earlier version of a
// document must not come in because its later one is not understood.
func (s *session) newLot(entries []*entry) *lot {
	out := &lot{checkpoint: entries[len(entries)-1].item.Checkpoint}
	out.report.Documents = len(entries)
	last := make(map[eyeshot.Object]*entry, len(entries))
	for _, e := range entries {
		last[e.object()] = e
	}
	for _, e := range entries {
		if e.object() != "" && last[e.object()] != e {
			out.report.Duplicates++
			out.report.problem(e, KindDuplicate, "comes again later, which counts", s.config.MaxProblems)
			continue
		}
		out.entries = append(out.entries, e)
	}
	return out
}
