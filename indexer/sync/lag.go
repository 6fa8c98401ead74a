package sync

import (
	"context"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot/indexer"
)

// Lag says how long changes took, in seconds; Changes is how many there were.
type Lag struct {
	Changes int     `json:"changes"`
	P50     float64 `json:"p50"`
	Max     float64 `json:"max"`
}

// maxLags bounds what is kept to compute a median of.
const maxLags = 100_000

type lags struct {
	now                 func() time.Time
	contentAt, accessAt time.Time // when either was last begun to be read; zero for never
	content, permission []float64
	documents           int // relationships of documents that changed
}

func (l *lags) begin(ctx context.Context, r *run) error {
	l.now = r.config.Now
	for name, into := range map[string]*time.Time{keyContentAt: &l.contentAt, keyAccessAt: &l.accessAt} {
		text, err := r.load(ctx, name)
		if err != nil {
			return err
		}
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			*into = at
		}
	}
	return nil
}

// applied notes changes that hold from now on. A document that was already
// there unseen, as in a first sync, is no change that was waited for.
func (l *lags) applied(changes []indexer.Applied) {
	now := l.now()
	for _, c := range changes {
		l.documents += c.RelationshipsChanged
		if c.Content && !l.contentAt.IsZero() && c.UpdatedAt.After(l.contentAt) && len(l.content) < maxLags {
			l.content = append(l.content, max(now.Sub(c.UpdatedAt).Seconds(), 0))
		}
		if c.Known && c.RelationshipsChanged > 0 {
			l.note(now)
		}
	}
}

// access notes the changes of groups, projects, levels and folders: all that
// are not a document's.
func (l *lags) access(tuples int) {
	if tuples > l.documents {
		l.note(l.now())
	}
}

func (l *lags) note(now time.Time) {
	if !l.accessAt.IsZero() && len(l.permission) < maxLags {
		l.permission = append(l.permission, max(now.Sub(l.accessAt).Seconds(), 0))
	}
}

func lagOf(seconds []float64) Lag {
	if len(seconds) == 0 {
		return Lag{}
	}
	slices.Sort(seconds)
	return Lag{Changes: len(seconds), P50: seconds[(len(seconds)-1)/2], Max: seconds[len(seconds)-1]}
}
