package authzsync

import (
	"context"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// start builds the first view. Nobody else has the index yet.
func (x *Index) start(ctx context.Context) error {
	x.looking.Lock()
	defer x.looking.Unlock()
	return x.rebuild(ctx)
}

// rebuild reads everything anew: the model, the end of the change log, all
// relationships, and then the log from before that end. The caller holds looking.
func (x *Index) rebuild(ctx context.Context) error {
	id, err := x.modelID(ctx)
	if err != nil {
		return err
	}
	program, err := compile(ctx, x.source, id)
	if err != nil {
		return err
	}
	marks, err := x.findEnd(ctx)
	if err != nil {
		return err
	}
	state, err := x.readAll(ctx)
	if err != nil {
		return err
	}
	if state, err = state.Reorder(program.Joins); err != nil {
		return err
	}
	x.mu.Lock()
	x.publish(algebra.NewVersion(program, state, nil), time.Time{})
	x.tail = tail{marks: marks}
	x.mu.Unlock()
	return x.look(ctx)
}

// findEnd goes through the change log to its end and returns two marks: the
// end, and the place where the overlap before it begins. What commits late,
// before the end, is read from there.
func (x *Index) findEnd(ctx context.Context) ([]mark, error) {
	type place struct {
		token string
		at    time.Time // of the last change before it
	}
	places := []place{{}}
	now := x.clock.Now()
	end, err := readLog(ctx, x.source, "", func(page authz.ChangePage) {
		if n := len(page.Changes); n > 0 {
			places = append(places, place{page.Next, page.Changes[n-1].At})
		}
		last := places[len(places)-1]
		for len(places) > 1 && !places[1].at.After(last.at.Add(-x.options.Overlap)) {
			places = places[1:]
		}
	})
	if err != nil {
		return nil, err
	}
	marks := []mark{{Token: places[0].token}}
	if end != places[0].token {
		marks = append(marks, mark{Token: end, At: now})
	}
	return marks, nil
}

// readAll reads every relationship into a state of its own numbering.
func (x *Index) readAll(ctx context.Context) (*tuples.State, error) {
	n, err := numbering.New()
	if err != nil {
		return nil, err
	}
	edit := tuples.Empty(n).Edit()
	for token := ""; ; {
		page, err := x.source.Read(ctx, authz.ReadFilter{}, pageSize, token)
		if err != nil {
			return nil, fmt.Errorf("read all relationships: %w", err)
		}
		for _, r := range page.Relationships {
			if _, err := edit.Write(r, numbering.Container{}); err != nil {
				return nil, err
			}
		}
		if page.Next == "" || page.Next == token {
			return edit.Done(), nil
		}
		token = page.Next
	}
}
