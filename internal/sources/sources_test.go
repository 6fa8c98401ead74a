package sources_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
)

// started runs the schedules until the test ends.
func started(t *testing.T, m *sources.Manager) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { m.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
}

func TestContentAndPermissionsHaveSchedulesOfTheirOwn(t *testing.T) {
	w := newWorld(t)
	s := files("s")
	s.Content, s.Permissions, s.Full = 5*time.Minute, 2*time.Minute, 9*time.Minute
	started(t, w.manager(s))
	require.Equal(t, []string{"s content"}, w.runs(1), "content is read at once")
	begun := w.clock.Now()
	for _, want := range []struct {
		run   string
		after time.Duration
	}{{"s permissions", 2}, {"s permissions", 4}, {"s content", 5}, {"s permissions", 6}, {"s permissions", 8}, {"s full", 9}, {"s permissions", 11}, {"s permissions", 13}, {"s content", 14}} {
		w.clock.next(t, 1)
		require.Equal(t, []string{want.run}, w.runs(1))
		require.Equal(t, want.after*time.Minute, w.clock.Now().Sub(begun), want.run)
	}
}

func TestEverythingIsReadWhenItIsDueHoweverOftenTheProcessIsStarted(t *testing.T) {
	for ago, want := range map[time.Duration][]string{8 * time.Hour: {"s content", "s permissions"}, 25 * time.Hour: {"s full", "s permissions"}} {
		w := newWorld(t)
		w.fullAt = w.clock.Now().Add(-ago)
		s := files("s")
		s.Permissions, s.Content = 2*time.Hour, 3*time.Hour
		started(t, w.manager(s))
		for i, run := range want {
			if i > 0 {
				w.clock.next(t, 1)
			}
			require.Equal(t, []string{run}, w.runs(1))
		}
	}
}

func TestContentThatFailsDoesNotKeepPermissionsFromBeingRead(t *testing.T) {
	w := newWorld(t)
	s := files("s")
	s.Full = -1
	w.fail[sync.Content] = errors.New("down")
	started(t, w.manager(s))
	require.Equal(t, []string{"s content"}, w.runs(1))
	permissions := 0
	for range 12 {
		w.clock.next(t, 1)
		if w.runs(1)[0] == "s permissions" {
			permissions++
		}
	}
	require.GreaterOrEqual(t, permissions, 5)
}

func TestAScheduleThatIsTurnedOffNeverRuns(t *testing.T) {
	w := newWorld(t)
	s := files("s")
	s.Content, s.Permissions, s.Full = -1, -1, -1
	m := w.manager(s)
	started(t, m)
	require.NoError(t, m.Hint("acme", "s"))
	w.clock.next(t, 1) // a hint waits a moment for others, and is all that there is
	require.Equal(t, []string{"s content"}, w.runs(1))
}

func TestOneSyncOfASourceRunsAtATime(t *testing.T) {
	w := newWorld(t)
	w.hold = make(chan struct{})
	m := w.manager(files("s"))
	first, err := m.Start(t.Context(), "acme", "s", sync.Full)
	require.NoError(t, err)
	require.Equal(t, sources.Running, first.State)
	require.Equal(t, []string{"s full"}, w.runs(1))
	second, err := m.Start(t.Context(), "acme", "s", sync.Permissions)
	require.NoError(t, err)
	list, err := m.List(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, first.ID, list[0].Sync)
	close(w.hold)
	require.Equal(t, []string{"s permissions"}, w.runs(1))
	for _, id := range []string{first.ID, second.ID} {
		require.Eventually(t, func() bool {
			record, err := m.Record(t.Context(), "acme", id)
			return err == nil && record.State == sources.Done && record.Report.Seen == 3
		}, 10*time.Second, time.Millisecond)
	}
	history, err := m.History(t.Context(), "acme", "s", 10)
	require.NoError(t, err)
	require.Len(t, history, 2)
}

func TestASyncThatFailsIsRememberedWithItsReason(t *testing.T) {
	w := newWorld(t)
	w.fail[sync.Full] = errors.New("the source is down")
	m := w.manager(files("s"))
	record, err := m.Sync(t.Context(), "acme", "s", sync.Full, nil)
	require.ErrorContains(t, err, "the source is down")
	kept, err := m.Record(t.Context(), "acme", record.ID)
	require.NoError(t, err)
	require.Equal(t, []string{sources.Failed, "the source is down"}, []string{kept.State, kept.Error})
}

func TestClosingEndsSyncsInTheBackgroundAndKeepsTheirRecords(t *testing.T) {
	w := newWorld(t)
	w.hold = make(chan struct{})
	m := w.manager(files("s"))
	record, err := m.Start(t.Context(), "acme", "s", sync.Full)
	require.NoError(t, err)
	w.runs(1)
	require.NoError(t, m.Close())
	kept, err := m.Record(t.Context(), "acme", record.ID)
	require.NoError(t, err)
	require.Equal(t, sources.Failed, kept.State)
	_, err = m.Start(t.Context(), "acme", "s", sync.Full)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
}

func TestASyncOfAProcessThatWasKilledDoesNotRunForever(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.state.SaveSync(t.Context(), "acme", "s", "1", w.clock.Now(), []byte(`{"id":"1","source":"s","state":"running"}`)))
	record, err := w.manager(files("s")).Record(t.Context(), "acme", "1")
	require.NoError(t, err)
	require.Equal(t, sources.Failed, record.State)
}

func TestASourceOfAnotherTenantDoesNotExist(t *testing.T) {
	w := newWorld(t)
	m := w.manager(files("s"))
	ctx := t.Context()
	record, err := m.Sync(ctx, "acme", "s", sync.Full, nil)
	require.NoError(t, err)
	for name, err := range map[string]error{
		"sync":       second(m.Sync(ctx, "zeta", "s", sync.Full, nil)),
		"start":      second(m.Start(ctx, "zeta", "s", sync.Full)),
		"record":     second(m.Record(ctx, "zeta", record.ID)),
		"probe":      second(m.Probe(ctx, "zeta", "s")),
		"identities": second(m.Identities(ctx, "zeta", "s")),
		"held":       second(m.Held(ctx, "zeta", "s")),
		"approve":    m.Approve(ctx, "zeta", "s", []eyeshot.Object{"ticket:s/1"}, "x"),
		"audit":      second(m.Audit(ctx, "zeta", "s", 10, 1)),
		"hint":       m.Hint("zeta", "s"),
	} {
		require.ErrorIs(t, err, eyeshot.ErrNotFound, name)
	}
	list, err := m.List(ctx, "zeta")
	require.NoError(t, err)
	require.Empty(t, list)
}

func second[T any](_ T, err error) error { return err }

func TestASourceThatIsAddedLastsAndRuns(t *testing.T) {
	w := newWorld(t)
	m := w.manager()
	started(t, m)
	s := files("later")
	s.Identities.Table = map[string]string{"a": "b"}
	require.NoError(t, m.Add(t.Context(), s))
	require.Equal(t, []string{"later content"}, w.runs(1))
	require.ErrorIs(t, m.Add(t.Context(), s), eyeshot.ErrConflict)
	require.ErrorIs(t, m.Add(t.Context(), config.Source{Name: "x"}), eyeshot.ErrInvalid)
	again := w.manager()
	list, err := again.List(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, "later", list[0].Name)
}

func TestAWebhookIsAHintOnceAndNothingElse(t *testing.T) {
	w := newWorld(t)
	s, silent := files("s"), files("silent")
	s.Content, s.Permissions, s.Full = -1, -1, -1
	silent.HookSecretEnv = ""
	silent.Content, silent.Permissions, silent.Full = -1, -1, -1
	m := w.manager(s, silent)
	started(t, m)
	deliver := func(source, signature, id, age string) error {
		return m.Hook(t.Context(), source, http.Header{"X-Signature": {signature}, "X-Id": {id}, "X-Age": {age}}, nil)
	}
	for name, err := range map[string]error{
		"a wrong signature":  deliver("s", "bad", "1", "0s"),
		"no id":              deliver("s", "good", "", "0s"),
		"too old":            deliver("s", "good", "1", "11m"),
		"of a time to come":  deliver("s", "good", "1", "-11m"),
		"an unknown source":  deliver("nowhere", "good", "1", "0s"),
		"without its secret": deliver("silent", "good", "1", "0s"),
	} {
		require.ErrorIs(t, err, eyeshot.ErrUnauthenticated, name)
	}
	require.NoError(t, deliver("s", "good", "1", "0s"))
	w.clock.next(t, 1)
	require.Equal(t, []string{"s content"}, w.runs(1))
	require.NoError(t, deliver("s", "good", "1", "1m"), "a delivery that is repeated is taken")
	require.NoError(t, deliver("s", "good", "2", "0s"))
	w.clock.next(t, 1)
	require.Equal(t, []string{"s content"}, w.runs(1), "and does nothing: this is the other one's")
}

// Another process knows which deliveries came before.
func TestADeliveryThatIsRepeatedDoesNothing(t *testing.T) {
	w := newWorld(t)
	s, other := files("s"), files("other")
	for _, each := range []*config.Source{&s, &other} {
		each.Content, each.Permissions, each.Full = -1, -1, -1
	}
	header := http.Header{"X-Signature": {"good"}, "X-Id": {"1"}, "X-Age": {"0s"}}
	require.NoError(t, w.manager(s).Hook(t.Context(), "s", header, nil))
	m := w.manager(s, other)
	require.NoError(t, m.Hook(t.Context(), "s", header, nil))
	require.NoError(t, m.Hint("acme", "other"))
	started(t, m)
	w.clock.next(t, 1)
	require.Equal(t, []string{"other content"}, w.runs(1))
	require.Zero(t, w.clock.waiting(), "nothing is about to look at the source")
}

func TestAnApprovalIsFollowedByALook(t *testing.T) {
	w := newWorld(t)
	s := files("s")
	s.Content, s.Permissions, s.Full = -1, -1, -1
	m := w.manager(s)
	started(t, m)
	require.NoError(t, m.Approve(t.Context(), "acme", "s", []eyeshot.Object{"ticket:s/1"}, "user:admin"))
	w.clock.next(t, 1)
	require.Equal(t, []string{"s approved [ticket:s/1] by user:admin", "s content"}, w.runs(2))
}

func TestAccountsThatAreNobodysSayWhatTheyWouldOpen(t *testing.T) {
	accounts, err := newWorld(t).manager(files("s")).Identities(t.Context(), "acme", "s")
	require.NoError(t, err)
	require.Len(t, accounts, 5)
	require.Zero(t, accounts[0].Opens)
	require.Equal(t, len("~s~4"), accounts[4].Opens)
}

func TestAnAuditFindsWhatDiffersBothWays(t *testing.T) {
	w := newWorld(t)
	m := w.manager(files("s"))
	var all []eyeshot.Relationship
	for _, id := range []string{"1", "2", "3"} {
		object := eyeshot.Object("ticket:s/" + id)
		all = append(all, eyeshot.Relationship{Object: object, Relation: "viewer", Subject: "user:0"})
		w.shows["user:0 "+string(object)], w.allows["user:0 "+string(object)] = true, true
	}
	require.NoError(t, w.state.Settle(t.Context(), "acme", "s", all, nil))
	drift, err := m.Audit(t.Context(), "acme", "s", 12, 1)
	require.NoError(t, err)
	require.Equal(t, sources.Drift{Source: "s", People: 4, Asked: 12, Leaks: []sources.Differs{}, Hidden: []sources.Differs{}}, drift)

	w.allows["user:1 ticket:s/2"], w.shows["user:2 ticket:s/3"] = true, true
	drift, err = m.Audit(t.Context(), "acme", "s", 12, 1)
	require.NoError(t, err)
	require.Equal(t, []sources.Differs{{Account: "1", Subject: "user:1", Object: "ticket:s/2"}}, drift.Leaks)
	require.Equal(t, []sources.Differs{{Account: "2", Subject: "user:2", Object: "ticket:s/3"}}, drift.Hidden)
	require.ErrorIs(t, second(m.Audit(t.Context(), "acme", "s", 0, 1)), eyeshot.ErrInvalid)
}

func TestWhatTheSourceRefusesIsNoRefusalOfEyeshots(t *testing.T) {
	for status, says := range map[int]string{401: "refuses the credentials in KEY", 403: "refuses the credentials in KEY", 404: "at the url of source", 503: "status 503"} {
		w := newWorld(t)
		s := files("s")
		s.KeyEnv = "KEY"
		m := w.manager(s)
		w.fail[sync.Content] = fmt.Errorf("ask: %w", &httpsource.StatusError{Status: status, Method: "GET", Path: "/x"})
		_, err := m.Sync(t.Context(), "acme", "s", sync.Content, nil)
		require.ErrorContains(t, err, says)
		require.Equal(t, status != 503, errors.Is(err, eyeshot.ErrInvalid))
		for _, ours := range []error{eyeshot.ErrUnauthenticated, eyeshot.ErrForbidden, eyeshot.ErrNotFound} {
			require.NotErrorIs(t, err, ours)
		}
	}
}
