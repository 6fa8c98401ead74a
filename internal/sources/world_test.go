package sources_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"path/filepath"
	"slices"
	stdsync "sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a Manager over the real state file, a clock that the test turns, and
// syncs that only note that they ran.
type world struct {
	t     testing.TB
	state *state.DB
	clock *clock

	mu        stdsync.Mutex
	ran       []string // "source mode"
	fail      map[sync.Mode]error
	hold      chan struct{} // where it is set, syncs wait for it
	shows     map[string]bool
	fullAt    time.Time
	allows    map[string]bool
	connector *fake
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	w := &world{t: t, state: db, clock: newClock(), fail: map[sync.Mode]error{}, shows: map[string]bool{}, allows: map[string]bool{}}
	w.connector = &fake{w: w}
	return w
}

func files(name string) config.Source {
	return config.Source{Name: name, Type: "files", Tenant: "acme", Root: "/x", HookSecretEnv: "S"}
}

func (w *world) manager(configured ...config.Source) *sources.Manager {
	w.t.Helper()
	m, err := sources.New(w.t.Context(), sources.Config{
		Sources: configured, Build: func(config.Source) (connectors.Connector, error) { return w.connector, nil },
		Syncer: behind{w}, State: w.state, Clock: w.clock, Read: map[string]string{"ticket": "can_read"},
		Tenant: func(context.Context, string, bool) (sources.Tenant, error) { return behind{w}, nil },
	})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, m.Close()) })
	return m
}

// runs returns which syncs ran since it was last asked, when there are n.
func (w *world) runs(n int) []string {
	w.t.Helper()
	var out []string
	require.Eventually(w.t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.ran) < n {
			return false
		}
		out, w.ran = w.ran, nil
		return true
	}, 10*time.Second, time.Millisecond)
	return out
}

// behind is what a Manager works with.
type behind struct{ w *world }

func (b behind) Run(ctx context.Context, source sync.Source, mode sync.Mode, _ func(sync.Report)) (sync.Report, error) {
	b.w.mu.Lock()
	b.w.ran = append(b.w.ran, source.Name+" "+string(mode))
	err, hold := b.w.fail[mode], b.w.hold
	b.w.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return sync.Report{Mode: mode, Seen: 3}, err
}

func (b behind) FullAt(context.Context, string, string) (time.Time, error) { return b.w.fullAt, nil }

func (behind) Held(context.Context, string, string) ([]state.Held, error) { return nil, nil }

func (b behind) Approve(_ context.Context, _, source string, objects []eyeshot.Object, by string) error {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	b.w.ran = append(b.w.ran, fmt.Sprint(source, " approved ", objects, " by ", by))
	return nil
}

func (b behind) Remove(ctx context.Context, tenant, source string, _ func(int)) (sync.Report, error) {
	b.w.mu.Lock()
	b.w.ran = append(b.w.ran, source+" removed")
	b.w.mu.Unlock()
	return sync.Report{Deleted: 1}, b.w.state.ForgetSource(ctx, tenant, source)
}

func (b behind) BatchCheck(_ context.Context, checks []authz.Check, _ authz.CheckContext) ([]authz.Verdict, error) {
	out := make([]authz.Verdict, len(checks))
	for i, c := range checks {
		out[i].Allowed = b.w.allows[string(c.Subject)+" "+string(c.Object)]
	}
	return out, nil
}

func (b behind) Reaches(_ context.Context, subject eyeshot.Object) (int, error) {
	return len(subject.ID()), nil
}

// fake is a connector with every role.
type fake struct {
	connectors.Connector
	w *world
}

func (f *fake) Identities(context.Context) iter.Seq2[identities.Identity, error] {
	return func(yield func(identities.Identity, error) bool) {
		for i := range 5 {
			id := fmt.Sprint(i)
			one := identities.Identity{Account: identities.Account{ID: id}, Subject: eyeshot.Object("user:" + id), By: identities.ByEmail}
			if i == 4 {
				one.Subject, one.By, one.Reason = identities.UnmatchedSubject("s", id), identities.Unmatched, "x"
			}
			if !yield(one, nil) {
				return
			}
		}
	}
}

func (f *fake) VisibleTo(_ context.Context, account string, objects []eyeshot.Object) (map[eyeshot.Object]bool, error) {
	out := map[eyeshot.Object]bool{}
	for _, o := range objects {
		out[o] = f.w.shows["user:"+account+" "+string(o)]
	}
	return out, nil
}

func (f *fake) VerifyHook(header http.Header, _ []byte, now time.Time) (connectors.Delivery, error) {
	if header.Get("X-Signature") != "good" {
		return connectors.Delivery{}, eyeshot.ErrUnauthenticated
	}
	age, err := time.ParseDuration(header.Get("X-Age"))
	return connectors.Delivery{ID: header.Get("X-ID"), At: now.Add(-age)}, errors.Join(err)
}

// clock is turned by a test.
type clock struct {
	mu    stdsync.Mutex
	now   time.Time
	timer []timer
}

type timer struct {
	at   time.Time
	ring chan time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	ring := make(chan time.Time, 1)
	if d <= 0 {
		ring <- c.now
		return ring
	}
	c.timer = append(c.timer, timer{c.now.Add(d), ring})
	return ring
}

// waiting counts the timers that are set.
func (c *clock) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timer)
}

// next turns the clock to the first timer that is set, once n are.
func (c *clock) next(t testing.TB, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.timer) >= n
	}, 10*time.Second, time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortFunc(c.timer, func(a, b timer) int { return a.at.Compare(b.at) })
	if c.timer[0].at.After(c.now) {
		c.now = c.timer[0].at
	}
	c.timer[0].ring <- c.now
	c.timer = c.timer[1:]
}
