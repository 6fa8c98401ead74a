package connectortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Reading is what a reading told, with the last word on each document.
type Reading struct {
	Items      []connectors.Item // in order, the end not among them
	End        connectors.End    // "" where it was cut short
	Next       string            // checkpoint of the end
	Checkpoint string            // the last one before the end
	Err        error
}

// Read reads to the end, or until stop items were told (below 0: never).
func Read(items iter.Seq2[connectors.Item, error], stop int) Reading {
	var r Reading
	for item, err := range items {
		switch {
		case r.Err != nil:
			r.Err = errors.Join(r.Err, errors.New("the reading went on behind an error"))
		case err != nil:
			r.Err = err
		case r.End != "":
			r.Err = errors.New("the reading went on behind its end")
		case item.End != "":
			r.End, r.Next = item.End, item.Checkpoint
		default:
			r.Items = append(r.Items, item)
			if item.Checkpoint != "" {
				r.Checkpoint = item.Checkpoint
			}
		}
		if len(r.Items) == stop {
			break
		}
	}
	return r
}

// State is what readings say of a source: its documents, as texts that can be
// compared.
type State map[eyeshot.Object]string

// apply brings what a reading told into the state, as a sync does.
func (s State) apply(r Reading, whole map[eyeshot.Object]bool) State {
	for _, item := range r.Items {
		object := item.Document.Object
		if object == "" {
			continue
		}
		whole[object] = true
		switch {
		case item.Deleted:
			delete(s, object)
			delete(whole, object)
		case item.Refused != nil:
			s[object] = "refused"
		case item.AccessOnly:
			if _, known := s[object]; known {
				s[object] = join(contentOf(s[object]), access(item.Document))
			}
		default:
			s[object] = join(content(item.Document), access(item.Document))
		}
	}
	if r.End == connectors.Complete {
		for object := range s {
			if !whole[object] {
				delete(s, object)
			}
		}
	}
	return s
}

const seam = "\x00access "

func join(content, access string) string { return content + seam + access }

func contentOf(both string) string {
	content, _, _ := cut(both)
	return content
}

func cut(both string) (content, access string, found bool) {
	for i := range both {
		if len(both)-i >= len(seam) && both[i:i+len(seam)] == seam {
			return both[:i], both[i+len(seam):], true
		}
	}
	return both, "", false
}

func content(d eyeshot.Document) string {
	d.Relationships = nil
	text, _ := json.Marshal(d)
	return string(text)
}

func access(d eyeshot.Document) string {
	lines := make([]string, len(d.Relationships))
	for i, r := range d.Relationships {
		condition, _ := json.Marshal(r.Condition)
		lines[i] = r.String() + " " + string(condition)
	}
	slices.Sort(lines)
	return fmt.Sprint(slices.Compact(lines))
}

// whole reads a snapshot from the beginning and expects it to be one.
func whole(ctx context.Context, w World) (State, Reading, error) {
	c, err := w.Open()
	if err != nil {
		return nil, Reading{}, err
	}
	r := Read(c.Snapshot(ctx, ""), -1)
	if r.Err != nil {
		return nil, r, fmt.Errorf("a snapshot of a sound source failed: %w", r.Err)
	}
	if r.End != connectors.Complete {
		return nil, r, fmt.Errorf("a snapshot of a sound source ended as %q, not as %q", r.End, connectors.Complete)
	}
	return State{}.apply(r, map[eyeshot.Object]bool{}), r, nil
}

// containers reads the access of a source to its end.
func containers(ctx context.Context, w World) (string, error) {
	c, err := w.Open()
	if err != nil {
		return "", err
	}
	return containersOf(c.Access(ctx))
}

func containersOf(all iter.Seq2[eyeshot.Relationship, error]) (string, error) {
	var d eyeshot.Document
	for r, err := range all {
		if err != nil {
			return "", err
		}
		d.Relationships = append(d.Relationships, r)
	}
	return access(d), nil
}

// same says how two states differ, or nothing.
func same(got, want State) error {
	for object, text := range want {
		switch {
		case got[object] == "":
			return fmt.Errorf("%s is missing", object)
		case got[object] != text:
			return fmt.Errorf("%s is told as\n%s\nand is\n%s", object, got[object], text)
		}
	}
	for object := range got {
		if want[object] == "" {
			return fmt.Errorf("%s is told and is not there", object)
		}
	}
	return nil
}
