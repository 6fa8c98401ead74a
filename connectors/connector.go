package connectors

import (
	"context"
	"errors"
	"iter"

	"github.com/eyeshot-dev/eyeshot"
)

// Connector reads one source. What it has to do, and what it may rely on, is
// written out in README.md beside this file; package connectortest proves it.
//
// The four readings have rules in common:
//
//   - An error is yielded once and ends the reading. It wraps
//     [eyeshot.ErrUnavailable] where trying again may help; the context's own
//     error where that has ended.
//   - A reading may be broken off by its consumer at any item.
//   - What can't be read or understood of one document is an item with Refused
//     set, and the reading goes on. It is never left out.
//   - A reading that ends without an item whose End is set was cut short.
//
// A Connector is used by one reading at a time, except where a role says more.
type Connector interface {
	// Access tells all relationships of what documents hang on: groups,
	// projects, roles, levels, folders; none on a document. They are streamed: a
	// group of 100,000 is never held in memory. Order is free, doubles are
	// allowed.
	//
	// SECURITY: the relationships count as complete when the sequence ends
	// without an error, and what is then missing is taken away. One that is cut
	// short has to end in an error.
	Access(ctx context.Context) iter.Seq2[eyeshot.Relationship, error]

	// Snapshot tells every document that there is, in an order that it can go on
	// in. from is "" or the Checkpoint of an item of an earlier, unfinished
	// Snapshot; one that is of no use any more is [ErrCheckpoint].
	//
	// It ends with an item whose End is [Complete] when everything was told,
	// and what neither this Snapshot nor the ones that it goes on from have told
	// is then deleted. The Checkpoint of that item is for Changes, and is not
	// later than the moment at which the first of those Snapshots began.
	Snapshot(ctx context.Context, from string) iter.Seq2[Item, error]

	// Changes tells what may have changed since a moment: documents with their
	// content, ones with AccessOnly, and deleted ones where the source tells of
	// those. Telling too much is allowed. since is the Checkpoint of an item of
	// an earlier Changes, or of the last item of a Snapshot; one that is of no
	// use any more is [ErrCheckpoint], and a Snapshot follows.
	//
	// It ends with an item whose End is [Partial] and whose Checkpoint is for the
	// next Changes; or [Complete] where every document was told.
	Changes(ctx context.Context, since string) iter.Seq2[Item, error]

	// Permissions tells the relationships of documents without their content:
	// items with AccessOnly. It ends with [Complete] where every document was
	// told, so that those which were not are gone, and with [Partial] where the
	// connector knows that the others are as they were. Documents that are not
	// indexed yet are passed over.
	Permissions(ctx context.Context) iter.Seq2[Item, error]
}

// ErrCheckpoint: the checkpoint that a reading was to go on from is of no use:
// of another version, of other options, or older than what the source keeps.
var ErrCheckpoint = errors.New("the checkpoint is of no use any more")
