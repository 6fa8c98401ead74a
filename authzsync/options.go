package authzsync

import (
	"log/slog"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Options of an [Index]. The zero Options are right for most uses.
type Options struct {
	// ModelID pins the authorization model. "" follows the store's latest.
	ModelID string
	// DocumentTypes are the types that searches return, such as "ticket". What
	// a document hangs on of these types ([View.Readers]) is followed further,
	// since there are as many of them as documents.
	DocumentTypes []string
	// Poll is how long Run waits between two looks at the change log; 200 ms
	// where it is 0.
	Poll time.Duration
	// Overlap is how far back each look goes, so that a change that shows late
	// is seen: a transaction that took long to commit, a replica that lags. It
	// must exceed the longest of these; 10 s where it is 0.
	Overlap time.Duration
	// Reconcile is how often Run compares the index with all of OpenFGA's
	// relationships; 15 minutes where it is 0, never where it is negative.
	Reconcile time.Duration
	// Snapshot is a file that Open starts from and Close and Run write; "" for
	// none. It holds who may read what: keep it as safe as OpenFGA's database.
	Snapshot string
	// SnapshotEvery is how often Run writes the snapshot; 10 minutes where it is 0.
	SnapshotEvery time.Duration
	Clock         Clock        // the system's where it is nil
	Logger        *slog.Logger // none where it is nil
}

func (o Options) withDefaults() (Options, error) {
	for _, d := range []struct {
		name    string
		value   *time.Duration
		initial time.Duration
	}{
		{"Poll", &o.Poll, 200 * time.Millisecond},
		{"Overlap", &o.Overlap, 10 * time.Second},
		{"SnapshotEvery", &o.SnapshotEvery, 10 * time.Minute},
	} {
		if *d.value < 0 {
			return o, eyeshot.Invalid("authzsync option "+d.name, d.value.String(), "must not be negative")
		}
		if *d.value == 0 {
			*d.value = d.initial
		}
	}
	if o.Reconcile == 0 {
		o.Reconcile = 15 * time.Minute
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
