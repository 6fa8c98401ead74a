package authzsync

import (
	"context"
	"time"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

func (x *Index) lookForChanges(ctx context.Context, began time.Time) error {
	from, rewound := x.tail.start(began, x.options.Overlap)
	w := newWindow(x.tail.known(rewound))
	end, err := readLog(ctx, x.source, from.Token, func(token string, page authz.ChangePage) {
		x.tail.see(token, page)
		for _, c := range page.Changes {
			w.add(c)
		}
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.commit(x.news(w))
	x.tail.remember(w, rewound, began, x.options.Overlap)
	x.tail.reached(mark{Token: end, At: began, Seen: from.Seen + w.count}, began, x.options.Overlap, rewound)
	if began.Sub(x.tail.swept) >= x.options.Overlap/4 {
		x.ledger.forget(began.Add(-x.options.Overlap))
		x.tail.swept = began
	}
	return nil
}

// news returns the changes of a window that the index doesn't have. Where it is
// not certain that the last change of the log is the last one committed, OpenFGA
// is asked instead. The caller holds mu.
//
// SECURITY: a change that is older than what the index holds must not undo it:
// replaying "written" after this process's own "deleted" would show documents
// to a search that its user has just lost.
func (x *Index) news(w *window) []change {
	var news []change
	for _, key := range w.order {
		t := w.traces[key]
		if !t.fresh {
			continue
		}
		switch x.judge(key, t) {
		case doubtful:
			x.ledger.doubt(key)
		case takeOver:
			news = append(news, change{relationship: t.last.Relationship, deleted: t.last.Deleted})
		}
		x.ledger.catchUp(key, t.net)
	}
	return news
}
