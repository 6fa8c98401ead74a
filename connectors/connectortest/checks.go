package connectortest

import (
	"context"
	"errors"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// check is one sentence of the contract.
type check struct {
	name    string
	missing func(World) string // why it does not concern the world, or ""
	run     func(context.Context, World) error
}

func always(World) string { return "" }

func needs(has func(World) bool, why string) func(World) string {
	return func(w World) string {
		if has(w) {
			return ""
		}
		return why
	}
}

var (
	needsSpoil  = needs(func(w World) bool { return w.Spoil != nil }, "nothing of this source can fail to be understood")
	needsFaults = needs(func(w World) bool { return w.Break != nil }, "this source has no requests that could go wrong")
)

// checks is the contract.
var checks = []check{
	{"ASnapshotTellsEverythingAndSaysSo", always, snapshotIsWhole},
	{"ASnapshotCanBeReadAgain", always, snapshotRepeats},
	{"ASnapshotGoesOnFromAnyItem", always, snapshotResumes},
	{"ACancelledReadingEndsInAnErrorAndNeverAsWhole", always, cancelled},
	{"ACheckpointOfNoUseIsSaidToBeOne", always, badCheckpoint},
	{"WhatChangedIsTold", always, changesTell},
	{"ChangesGoOnFromAnyItem", always, changesResume},
	{"WhatIsDeletedIsGone", always, deletedIsGone},
	{"PermissionsComeWithoutContentAndAreThoseOfTheSnapshot", always, permissionsAgree},
	{"AChangeOfPermissionsIsToldByPermissionsAlone", always, permissionsTell},
	{"AccessIsToldWholeAndTwiceTheSame", always, accessRepeats},
	{"WhatIsNotUnderstoodIsRefusedAndTheRestIsTold", needsSpoil, spoiledIsRefused},
	{"WhateverGoesWrongNothingLooksWholeThatIsNot", needsFaults, faultsNeverLookWhole},
	{"AFaultThatHasPassedLeavesNothingBehind", needsFaults, faultsPass},
}

func snapshotIsWhole(ctx context.Context, w World) error {
	state, r, err := whole(ctx, w)
	if err != nil {
		return err
	}
	if len(state) < 3 {
		return fmt.Errorf("the world has %d documents; the checks need 3", len(state))
	}
	if r.Next == "" {
		return errors.New("the end of a snapshot has no checkpoint for changes")
	}
	for _, item := range r.Items {
		if err := sound(item, w.Name); err != nil {
			return fmt.Errorf("%s: %w", item.Document.Object, err)
		}
	}
	return nil
}

// sound holds an item against what every item has to be.
func sound(item connectors.Item, source string) error {
	doc := item.Document
	if len(item.Checkpoint) > 64<<10 {
		return errors.New("its checkpoint is longer than 64 KiB")
	}
	if item.Refused != nil {
		return nil
	}
	if doc.Object.Source() != source {
		return fmt.Errorf("it is of the source %q and not of %q", doc.Object.Source(), source)
	}
	if item.Deleted {
		return nil
	}
	if len(doc.Relationships) == 0 {
		return errors.New("it has no relationships and is not refused")
	}
	for _, r := range doc.Relationships {
		if err := r.Validate(); err != nil {
			return err
		}
		if r.Object != doc.Object {
			return fmt.Errorf("its relationship %s is on something else", r)
		}
	}
	if item.AccessOnly {
		if doc.Title != "" || doc.Text != "" {
			return errors.New("it is of permissions only and has content")
		}
		return nil
	}
	if doc.Title == "" {
		return errors.New("it has no title")
	}
	return nil
}

func snapshotRepeats(ctx context.Context, w World) error {
	first, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	second, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	return same(second, first)
}

// snapshotResumes breaks a snapshot off at each item, and once more behind it.
func snapshotResumes(ctx context.Context, w World) error {
	want, all, err := whole(ctx, w)
	if err != nil {
		return err
	}
	for stop := 1; stop <= len(all.Items); stop++ {
		got, seen, from := State{}, map[eyeshot.Object]bool{}, ""
		for _, length := range []int{stop, 1, -1} {
			c, err := w.Open()
			if err != nil {
				return err
			}
			r := Read(c.Snapshot(ctx, from), length)
			if r.Err != nil {
				return fmt.Errorf("going on from %q: %w", from, r.Err)
			}
			got = got.apply(r, seen)
			if r.Checkpoint != "" {
				from = r.Checkpoint
			}
			if r.End == connectors.Complete {
				break
			}
		}
		if err := same(got, want); err != nil {
			return fmt.Errorf("broken off at item %d: %w", stop, err)
		}
	}
	return nil
}

// cancelled ends the context at each item of each reading.
func cancelled(ctx context.Context, w World) error {
	_, all, err := whole(ctx, w)
	if err != nil {
		return err
	}
	for stop := 0; stop < len(all.Items); stop++ {
		for name, read := range readings(all.Next) {
			c, err := w.Open()
			if err != nil {
				return err
			}
			if err := cancelAt(ctx, c, stop, read); err != nil {
				return fmt.Errorf("%s cancelled at item %d: %w", name, stop, err)
			}
		}
	}
	return nil
}

func cancelAt(ctx context.Context, c connectors.Connector, stop int, read reading) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if stop == 0 {
		cancel()
	}
	n := 0
	for item, err := range read(ctx, c) {
		if err != nil {
			if ctx.Err() != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("the error is not the context's: %w", err)
			}
			return nil
		}
		if item.End != "" {
			if ctx.Err() != nil {
				return fmt.Errorf("it ended as %q", item.End)
			}
			return nil // it has fewer items than that
		}
		if n++; n == stop {
			cancel()
		}
	}
	if ctx.Err() != nil {
		return errors.New("it ended without an error")
	}
	return nil
}

func badCheckpoint(ctx context.Context, w World) error {
	for _, bad := range []string{"nonsense", "{}", "jsonl-0 x 1 1 x", "\x00"} {
		c, err := w.Open()
		if err != nil {
			return err
		}
		if r := Read(c.Snapshot(ctx, bad), -1); !errors.Is(r.Err, connectors.ErrCheckpoint) {
			return fmt.Errorf("a snapshot from %q gave %v", bad, r.Err)
		}
		if r := Read(c.Changes(ctx, bad), -1); !errors.Is(r.Err, connectors.ErrCheckpoint) {
			return fmt.Errorf("changes since %q gave %v", bad, r.Err)
		}
	}
	return nil
}
