package connectortest

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// mostRequests bounds how deep into a reading faults are tried.
const mostRequests = 60

// faultsNeverLookWhole lets requests go wrong from each on, in each way that the
// source knows. What is read then is the whole, or an error.
func faultsNeverLookWhole(ctx context.Context, w World) error {
	want, all, err := whole(ctx, w)
	if err != nil {
		return err
	}
	wantAccess, err := containers(ctx, w)
	if err != nil {
		return err
	}
	for _, how := range w.Faults {
		for n := 1; n <= mostRequests; n++ {
			failed, err := faulty(ctx, w, n, how, all.Next, want, wantAccess)
			if err != nil {
				return fmt.Errorf("%s from request %d on: %w", how, n, err)
			}
			if !failed {
				break // it makes fewer requests than that
			}
		}
	}
	return nil
}

// faulty makes all readings with a fault; failed says whether one met it.
func faulty(ctx context.Context, w World, n int, how Fault, since string, want State, wantAccess string) (failed bool, err error) {
	for name, read := range readings(since) {
		c, err := w.Open()
		if err != nil {
			return false, err
		}
		w.Break(n, how)
		r := Read(read(ctx, c), -1)
		w.Heal()
		failed = failed || r.Err != nil
		if r.Err != nil {
			continue
		}
		if r.End == "" {
			return false, fmt.Errorf("%s ended without an error and without an end", name)
		}
		if r.End != connectors.Complete {
			continue
		}
		got := State{}
		for object, text := range want {
			got[object] = text
		}
		if err := noneLost(got.apply(r, map[eyeshot.Object]bool{}), want); err != nil {
			return false, fmt.Errorf("%s says that it is complete: %w", name, err)
		}
	}
	return faultyAccess(ctx, w, n, how, wantAccess, failed)
}

func faultyAccess(ctx context.Context, w World, n int, how Fault, want string, failed bool) (bool, error) {
	c, err := w.Open()
	if err != nil {
		return false, err
	}
	w.Break(n, how)
	got, err := containersOf(c.Access(ctx))
	w.Heal()
	if err == nil && got != want {
		return false, fmt.Errorf("access ended without an error as %s and is %s", got, want)
	}
	return failed || err != nil, nil
}

// noneLost allows documents that are refused: a fault that concerns one
// document may be told as that.
func noneLost(got, want State) error {
	for object := range want {
		if got[object] == "refused" {
			got[object] = want[object]
		}
	}
	return same(got, want)
}

// faultsPass breaks a snapshot by a fault at each request and goes on when it
// has passed, from where it stopped.
func faultsPass(ctx context.Context, w World) error {
	want, _, err := whole(ctx, w)
	if err != nil {
		return err
	}
	for n := 1; n <= mostRequests; n++ {
		got, seen := State{}, map[eyeshot.Object]bool{}
		c, err := w.Open()
		if err != nil {
			return err
		}
		w.Break(n, w.Faults[0])
		broken := Read(c.Snapshot(ctx, ""), -1)
		w.Heal()
		if broken.Err == nil {
			return nil // it makes fewer requests than that
		}
		got = got.apply(broken, seen)
		if c, err = w.Open(); err != nil {
			return err
		}
		rest := Read(c.Snapshot(ctx, broken.Checkpoint), -1)
		if rest.Err != nil {
			return fmt.Errorf("going on after a fault at request %d: %w", n, rest.Err)
		}
		if err := same(got.apply(rest, seen), want); err != nil {
			return fmt.Errorf("going on after a fault at request %d: %w", n, err)
		}
	}
	return nil
}
