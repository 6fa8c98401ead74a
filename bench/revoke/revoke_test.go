package revoke

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

func small() Options {
	return Options{Duration: time.Millisecond, Changes: 30, Documents: 200, Users: 1, Searchers: 1, Seed: 1, Version: "test"}
}

func TestWhatIsTakenIsGoneAndWhatIsGivenIsThereForTheNextSearch(t *testing.T) {
	r, err := Run(t.Context(), small())
	require.NoError(t, err)
	require.Len(t, r.Goals, 3)
	for _, goal := range r.Goals {
		require.True(t, goal.Met(), "%s: %v\n%s", goal.Name, goal.Value, r.Text())
	}
}

func TestAnAnswerThatIsKeptIsCaughtAsShownTooLate(t *testing.T) {
	o := small()
	o.between = keep
	r, err := Run(t.Context(), o)
	require.NoError(t, err)
	require.Positive(t, named(t, r, nameShown).Value)
}

func TestNoChangeIsNoProof(t *testing.T) {
	s := &stage{Options: small(), world: newWorld(small())}
	for _, goal := range s.report().Goals {
		require.False(t, goal.Met(), goal.Name)
	}
}

func TestAMomentIsJudgedByWhatHadBegunAndWhatWasAcknowledged(t *testing.T) {
	m := newMoments(1)
	at := func(from, to int) [2]bool { always, ever := m.between(0, from, to); return [2]bool{always, ever} }
	off, perhaps, on := [2]bool{false, false}, [2]bool{false, true}, [2]bool{true, true}
	before := m.now()
	require.Equal(t, off, at(before, before))
	require.True(t, m.begin(0))
	during := m.now()
	require.Equal(t, off, at(before, before), "what began later was not yet")
	require.Equal(t, perhaps, at(before, during))
	m.done(0)
	given := m.now()
	require.Equal(t, on, at(given, given))
	require.Equal(t, perhaps, at(before, given))
	require.False(t, m.begin(0))
	require.Equal(t, perhaps, at(given, m.now()))
	m.done(0)
	require.Equal(t, off, at(m.now(), m.now()), "taken, and acknowledged")
	require.Equal(t, on, at(given, given), "a search that was over by then")
}

func TestOnlyWhatBelongsIntoAnAnswerAtEveryMomentIsDue(t *testing.T) {
	s := &stage{Options: small(), number: map[eyeshot.Object]int{}, moments: newMoments(1)}
	s.world = &world{base: []map[int]bool{{0: true, 1: true}}, swings: []swing{{user: 0, documents: []int{2}}}}
	for i, object := range []eyeshot.Object{"ticket:a/0", "ticket:a/1", "ticket:a/2", "ticket:a/3"} {
		s.world.objects = append(s.world.objects, object)
		s.number[object] = i
		s.vectors = append(s.vectors, []float32{1, float32(i)})
	}
	all := s.world.objects
	require.Equal(t, verdict{results: 1, due: 2, found: 1}, s.judge(0, []float32{1, 0}, all[:1], 0, 0))
	require.Equal(t, verdict{results: 2, due: 2, found: 1, leaks: 1}, s.judge(0, []float32{1, 0}, all[1:3], 0, 0), "nobody gave it")
	s.moments.begin(0)
	require.Equal(t, verdict{results: 2, due: 2, found: 1}, s.judge(0, []float32{1, 0}, all[1:3], 0, 1), "it may be there or not")
	s.moments.done(0)
	require.Equal(t, verdict{results: 2, due: 3, found: 2}, s.judge(0, []float32{1, 0}, all[1:3], 2, 2))
	require.Equal(t, verdict{results: 1, due: 3, leaks: 1}, s.judge(0, []float32{1, 0}, all[3:], 2, 2))
}

func TestARunThatCannotBeIsRefused(t *testing.T) {
	for _, o := range []Options{{Duration: -1}, {Documents: 1}, {Users: -1}, {Searchers: 100}} {
		_, err := Run(t.Context(), o)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

// keep answers a question that was asked before with the answer it had then.
func keep(next http.Handler) http.Handler {
	var mu sync.Mutex
	kept := map[string]*httptest.ResponseRecorder{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		key := r.Header.Get("Authorization") + string(body)
		mu.Lock()
		defer mu.Unlock()
		if kept[key] == nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			kept[key] = httptest.NewRecorder()
			next.ServeHTTP(kept[key], r)
		}
		w.WriteHeader(kept[key].Code)
		_, _ = w.Write(kept[key].Body.Bytes())
	})
}

func named(t *testing.T, r *report.Report, name string) report.Goal {
	t.Helper()
	for _, goal := range r.Goals {
		if goal.Name == name {
			return goal
		}
	}
	require.Fail(t, "no such goal", name)
	return report.Goal{}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
