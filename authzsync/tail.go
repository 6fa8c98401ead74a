package authzsync

import (
	"context"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// tail is where the index stands in the change log. The log is read from a
// mark that is older than the overlap to its end, again and again: a change
// that shows late, before others that were seen already, is in the next look.
type tail struct {
	marks  []mark    // oldest first; never empty once the index is open
	rewind time.Time // when the last look that reached back began
	anchor anchor    // the last page that had changes
	seen   sightings
	based  bool      // a look has ended since everything was read
	swept  time.Time // when the ledger last forgot what is old
}

// see remembers a page of the log by what is on it.
func (t *tail) see(token string, page authz.ChangePage) {
	if len(page.Changes) > 0 {
		t.anchor = newAnchor(token, page)
	}
}

// mark is a place in the log: the token that reads on from there, and when it
// was the end of the log. What showed up until then lies before it.
type mark struct {
	Token string
	At    time.Time
	Seen  int // changes that have been read up to here, of one tail
}

// maxRewind is how many changes are read again at each look. Where more came
// within the overlap, they are read again twice per overlap only.
const maxRewind = 500

// start returns the place to read from: the last one that is settled, or the
// end itself where going back is due no sooner.
func (t *tail) start(now time.Time, overlap time.Duration) (from mark, rewound bool) {
	last := t.marks[len(t.marks)-1]
	from = t.marks[t.settled(overlap)]
	if last.Seen-from.Seen > maxRewind && now.Sub(t.rewind) < overlap/2 {
		return last, false
	}
	return from, true
}

// settled finds the last mark before which nothing will show any more: the log
// was read over it, from further back, when the overlap had passed.
func (t *tail) settled(overlap time.Duration) int {
	for i := len(t.marks) - 1; i > 0; i-- {
		if !t.marks[i].At.Add(overlap).After(t.rewind) {
			return i
		}
	}
	return 0
}

// reached notes that the log was read up to a place, and forgets the marks in
// front of the last settled one.
func (t *tail) reached(end mark, now time.Time, overlap time.Duration, rewound bool) {
	if rewound {
		t.rewind = now
	}
	if last := t.marks[len(t.marks)-1]; last.Token != end.Token {
		t.marks = append(t.marks, end)
	}
	t.marks = t.marks[t.settled(overlap):]
}

// readLog reads the log from a place to its end. Each page goes to visit, with
// the token in front of it.
func readLog(ctx context.Context, source Source, token string, visit func(token string, page authz.ChangePage)) (end string, err error) {
	for {
		page, err := source.ReadChanges(ctx, pageSize, token)
		if err != nil {
			return "", fmt.Errorf("read the change log: %w", err)
		}
		visit(token, page)
		if len(page.Changes) < pageSize || page.Next == token {
			return page.Next, nil
		}
		token = page.Next
	}
}
