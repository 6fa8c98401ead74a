package connectortest

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

type reading func(context.Context, connectors.Connector) iter.Seq2[connectors.Item, error]

// readings are the three readings of items.
func readings(since string) map[string]reading {
	return map[string]reading{
		"a snapshot": func(ctx context.Context, c connectors.Connector) iter.Seq2[connectors.Item, error] {
			return c.Snapshot(ctx, "")
		},
		"changes": func(ctx context.Context, c connectors.Connector) iter.Seq2[connectors.Item, error] {
			return c.Changes(ctx, since)
		},
		"permissions": func(ctx context.Context, c connectors.Connector) iter.Seq2[connectors.Item, error] {
			return c.Permissions(ctx)
		},
	}
}

// follow brings a state up to date by changes, and returns where the next ones
// begin.
func follow(ctx context.Context, w World, s State, since string) (State, string, error) {
	c, err := w.Open()
	if err != nil {
		return nil, "", err
	}
	r := Read(c.Changes(ctx, since), -1)
	if r.Err != nil {
		return nil, "", fmt.Errorf("changes since %q: %w", since, r.Err)
	}
	if r.End == "" || r.Next == "" {
		return nil, "", fmt.Errorf("changes ended as %q with the checkpoint %q; both have to be there", r.End, r.Next)
	}
	return s.apply(r, map[eyeshot.Object]bool{}), r.Next, nil
}

func changesTell(ctx context.Context, w World) error {
	got, all, err := whole(ctx, w)
	if err != nil {
		return err
	}
	since := all.Next
	if got, since, err = follow(ctx, w, got, since); err != nil {
		return err
	}
	for _, change := range []func() (eyeshot.Object, error){w.Change, w.Add, w.Change} {
		if _, err := change(); err != nil {
			return err
		}
		if got, since, err = follow(ctx, w, got, since); err != nil {
			return err
		}
		want, _, err := whole(ctx, w)
		if err != nil {
			return err
		}
		if err := same(got, want); err != nil {
			return err
		}
	}
	return nil
}

// changesResume breaks changes off at each item.
func changesResume(ctx context.Context, w World) error {
	first, all, err := whole(ctx, w)
	if err != nil {
		return err
	}
	for _, change := range []func() (eyeshot.Object, error){w.Change, w.Add, w.Add} {
		if _, err := change(); err != nil {
			return err
		}
	}
	want, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	for stop := 1; stop <= len(want)+1; stop++ {
		got := State{}
		for object, text := range first {
			got[object] = text
		}
		c, err := w.Open()
		if err != nil {
			return err
		}
		r := Read(c.Changes(ctx, all.Next), stop)
		if r.Err != nil {
			return r.Err
		}
		if r.End != "" {
			return nil // it has no more items than this
		}
		since := all.Next
		if r.Checkpoint != "" {
			since = r.Checkpoint
		}
		got = got.apply(r, map[eyeshot.Object]bool{})
		if got, _, err = follow(ctx, w, got, since); err != nil {
			return err
		}
		if err := same(got, want); err != nil {
			return fmt.Errorf("broken off at item %d: %w", stop, err)
		}
	}
	return nil
}

func deletedIsGone(ctx context.Context, w World) error {
	before, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	gone, err := w.Delete()
	if err != nil {
		return err
	}
	after, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	if before[gone] == "" || after[gone] != "" {
		return fmt.Errorf("%s was deleted; told before: %t, told after: %t", gone, before[gone] != "", after[gone] != "")
	}
	return nil
}

func permissionsAgree(ctx context.Context, w World) error {
	want, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	c, err := w.Open()
	if err != nil {
		return err
	}
	r := Read(c.Permissions(ctx), -1)
	if r.Err != nil || r.End == "" {
		return fmt.Errorf("permissions ended as %q: %w", r.End, r.Err)
	}
	for _, item := range r.Items {
		if !item.AccessOnly && item.Refused == nil && !item.Deleted {
			return fmt.Errorf("%s is told with its content", item.Document.Object)
		}
		if err := sound(item, w.Name); err != nil {
			return fmt.Errorf("%s: %w", item.Document.Object, err)
		}
	}
	got := State{}
	for object, text := range want {
		got[object] = text
	}
	return same(got.apply(r, map[eyeshot.Object]bool{}), want)
}

// permissionsTell changes permissions and reads nothing but permissions.
func permissionsTell(ctx context.Context, w World) error {
	got, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	accessBefore, err := containers(ctx, w)
	if err != nil {
		return err
	}
	object, err := w.Permit()
	if err != nil {
		return err
	}
	c, err := w.Open()
	if err != nil {
		return err
	}
	before := got[object]
	accessAfter, err := containersOf(c.Access(ctx))
	if err != nil {
		return err
	}
	r := Read(c.Permissions(ctx), -1)
	if r.Err != nil {
		return r.Err
	}
	got = got.apply(r, map[eyeshot.Object]bool{})
	if got[object] == before && accessAfter == accessBefore {
		return fmt.Errorf("the permissions of %s were changed, and neither access nor permissions tell", object)
	}
	want, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	_, gotAccess, _ := cut(got[object])
	_, wantAccess, _ := cut(want[object])
	if gotAccess != wantAccess {
		return fmt.Errorf("%s has %s by permissions and %s by a snapshot", object, gotAccess, wantAccess)
	}
	return nil
}

func accessRepeats(ctx context.Context, w World) error {
	first, err := containers(ctx, w)
	if err != nil {
		return err
	}
	second, err := containers(ctx, w)
	if err != nil {
		return err
	}
	if first != second {
		return fmt.Errorf("access is told as %s and then as %s", first, second)
	}
	c, err := w.Open()
	if err != nil {
		return err
	}
	for r, err := range c.Access(ctx) {
		if err != nil {
			return err
		}
		if err := r.Validate(); err != nil {
			return err
		}
		break // and breaking off does no harm
	}
	cut, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := containersOf(c.Access(cut)); first != "[]" && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("access that was cancelled ended with %v", err)
	}
	return nil
}

func spoiledIsRefused(ctx context.Context, w World) error {
	before, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	spoiled, err := w.Spoil()
	if err != nil {
		return err
	}
	after, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	if after[spoiled] != "refused" {
		return fmt.Errorf("%s can't be understood and is told as %q", spoiled, after[spoiled])
	}
	before[spoiled] = "refused"
	return same(after, before)
}
