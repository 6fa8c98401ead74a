package connectors

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

// The roles below are optional: a connector has one by having its method.

// Prober says what its credentials can and cannot see, for `eyeshot sources
// test`.
type Prober interface {
	// Probe asks the source and tells, in words. An error is one that keeps
	// it from asking at all.
	Probe(ctx context.Context) ([]Finding, error)
}

// Finding is one sentence of a [Prober]: "Sees 12 projects, 3 of them private."
type Finding struct {
	OK   bool   `json:"ok"` // false: something that a sync will miss, or fail at
	Text string `json:"text"`
}

// Oracle asks the live source what an account may see there, for the drift
// audit. It is safe beside a reading.
type Oracle interface {
	// VisibleTo returns those of the objects that the account sees in the source
	// now, asked as that account or by the source's own answer about it. An error
	// means that nothing is known.
	VisibleTo(ctx context.Context, account string, objects []eyeshot.Object) (map[eyeshot.Object]bool, error)
}

// Directory lists the source's accounts with what each became, for `eyeshot
// sources identities` and the drift audit. It is safe beside a reading.
type Directory interface {
	Identities(ctx context.Context) iter.Seq2[identities.Identity, error]
}

// Watcher calls hint whenever something may have changed, until ctx ends, and
// returns the context's error then. A hint is only ever a reason to look: what
// is seen comes from the other methods. hint returns at once.
type Watcher interface {
	Watch(ctx context.Context, hint func()) error
}

// Hook verifies a webhook's delivery. It is safe for concurrent use and does
// no I/O. The caller remembers deliveries, so that none counts twice.
type Hook interface {
	// VerifyHook checks the signature over body and the time, against now.
	// It fails with [eyeshot.ErrUnauthenticated] on whatever is not right.
	VerifyHook(header http.Header, body []byte, now time.Time) (Delivery, error)
}

// Delivery is a webhook's call that was verified. Nothing of its body is
// believed: it is only ever a hint to look.
type Delivery struct {
	ID string    // the same for a repeated delivery, and for no other
	At time.Time // when it was signed; beyond a few minutes it is refused
}

// Meter counts what a connector asked of its source, since it was built. It is
// safe beside a reading.
type Meter interface {
	Requests() int64
}
