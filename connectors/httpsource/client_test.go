package httpsource_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server answers requests with a script, and notes what a client waited for.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	script []http.HandlerFunc // the last one answers all that come behind it
	seen   []*http.Request
	waits  []time.Duration
	now    time.Time
}

func serve(t *testing.T, script ...http.HandlerFunc) *server {
	s := &server{script: script, now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		answer := s.script[min(len(s.seen), len(s.script)-1)]
		s.seen = append(s.seen, r)
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) client(t *testing.T, change func(*httpsource.Config)) *httpsource.Client {
	config := httpsource.Config{
		Base: s.URL + "/base/", Transport: s.Server.Client().Transport, Now: func() time.Time { return s.now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			s.waits = append(s.waits, d)
			s.now = s.now.Add(d)
			return ctx.Err()
		},
	}
	if change != nil {
		change(&config)
	}
	client, err := httpsource.New(config)
	require.NoError(t, err)
	t.Cleanup(client.CloseIdle)
	return client
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, `{"n":7}`)
	}
}

func get(t *testing.T, c *httpsource.Client) (int, error) {
	t.Helper()
	var out struct{ N int }
	err := c.Get(t.Context(), "/things.json", nil, &out)
	return out.N, err
}

func TestARequestIsMadeAgainAsLongAsTheServerSays(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		wait   time.Duration
	}{
		"seconds":           {status(429, "Retry-After", "7"), 7 * time.Second},
		"a date":            {status(503, "Retry-After", "Fri, 01 May 2026 12:00:30 GMT"), 30 * time.Second},
		"a date gone by":    {status(503, "Retry-After", "Fri, 01 May 2026 11:00:00 GMT"), 0},
		"a limit's reset":   {status(200, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "2026-05-01T12:01Z"), time.Minute},
		"reset in seconds":  {status(200, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "45"), 45 * time.Second},
		"reset as a moment": {status(200, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", fmt.Sprint(time.Date(2026, 5, 1, 12, 0, 20, 0, time.UTC).Unix())), 20 * time.Second},
	} {
		s := serve(t, c.answer, status(200))
		client := s.client(t, nil)
		for range 2 { // where the first is answered, its limit is for the second
			n, err := get(t, client)
			require.NoError(t, err, name)
			require.Equal(t, 7, n)
		}
		want := []time.Duration{c.wait}
		if c.wait == 0 {
			want = nil
		}
		require.Equal(t, want, s.waits, name)
		require.Equal(t, c.wait, client.Stats().Waited, name)
	}
}

func TestWithoutAWordFromTheServerPausesGrow(t *testing.T) {
	s := serve(t, status(500))
	client := s.client(t, nil)
	_, err := get(t, client)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.Equal(t, 500, httpsource.Status(err))
	require.Len(t, s.waits, 5)
	for i, wait := range s.waits {
		most := 500 * time.Millisecond << i
		require.LessOrEqual(t, wait, most)
		require.GreaterOrEqual(t, wait, most/2)
	}
	require.Equal(t, httpsource.Stats{Requests: 6, Retries: 5, Waited: client.Stats().Waited}, client.Stats())
}

func TestALongWaitIsAnErrorAndNotASleep(t *testing.T) {
	s := serve(t, status(429, "Retry-After", "86400"))
	_, err := get(t, s.client(t, nil))
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.Empty(t, s.waits)
}

func TestWhatWillStayWrongIsNotAskedAgain(t *testing.T) {
	for code, want := range map[int]error{400: eyeshot.ErrInvalid, 403: eyeshot.ErrForbidden, 404: eyeshot.ErrNotFound, 410: eyeshot.ErrNotFound, 401: eyeshot.ErrUnauthenticated} {
		s := serve(t, status(code))
		_, err := get(t, s.client(t, nil))
		require.ErrorIs(t, err, want)
		require.Len(t, s.seen, 1)
	}
}

func TestATokenThatExpiredIsReplacedOnce(t *testing.T) {
	var fresh []bool
	authorize := func(c *httpsource.Config) {
		c.Authorize = func(_ context.Context, r *http.Request, isFresh bool) error {
			fresh = append(fresh, isFresh)
			r.Header.Set("Authorization", fmt.Sprint("Bearer ", len(fresh)))
			return nil
		}
	}
	s := serve(t, status(401), status(200))
	_, err := get(t, s.client(t, authorize))
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, fresh)
	require.Equal(t, "Bearer 2", s.seen[1].Header.Get("Authorization"))

	s = serve(t, status(401))
	_, err = get(t, s.client(t, authorize))
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
	require.Len(t, s.seen, 2)
}

func TestAPageToSignInAtIsNoAnswer(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Sign in with your secret") })
	_, err := get(t, s.client(t, nil))
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.NotContains(t, err.Error(), "secret")
}

func TestAnAnswerThatBreaksOffIsAskedForAgain(t *testing.T) {
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, `{"n":`)
	}
	s := serve(t, cut, status(200))
	n, err := get(t, s.client(t, nil))
	require.NoError(t, err)
	require.Equal(t, 7, n)
}

// The key that a request carries is one server's alone.
func TestARedirectToAnotherServerIsNotFollowed(t *testing.T) {
	other := serve(t, status(200))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/x", http.StatusFound) })
	_, err := get(t, s.client(t, func(c *httpsource.Config) {
		c.Authorize = func(_ context.Context, r *http.Request, _ bool) error { r.Header.Set("X-Key", "k"); return nil }
	}))
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	require.Empty(t, other.seen)
}

func TestErrorsHoldNoQueryAndNoSecret(t *testing.T) {
	client, err := httpsource.New(httpsource.Config{Base: "http://127.0.0.1:1", Attempts: 1})
	require.NoError(t, err)
	err = client.Get(t.Context(), "/x", map[string][]string{"key": {"canary"}}, nil)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.NotContains(t, err.Error(), "canary")
	_, err = httpsource.New(httpsource.Config{Base: "https://user:canary@x.example/?canary=1"})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	require.NotContains(t, err.Error(), "canary")
}

func TestAnAnswerBeyondTheLimitIsRefusedAndACancelledRequestEnds(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 2000)) })
	_, err := get(t, s.client(t, func(c *httpsource.Config) { c.MaxBody = 1000 }))
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.client(t, nil).Get(ctx, "/x", nil, nil), context.Canceled)
}

// listing is pages of a list of names, as a server would give them.
func listing(all []string, change func(offset int, page *httpsource.Page[string])) httpsource.OffsetFetch[string] {
	return func(_ context.Context, offset, limit int) (httpsource.Page[string], error) {
		page := httpsource.Page[string]{Entries: all[min(offset, len(all)):min(offset+limit, len(all))], Total: len(all)}
		if change != nil {
			change(offset, &page)
		}
		return page, nil
	}
}

func walk(fetch httpsource.OffsetFetch[string]) (got []string, err error) {
	for entry, err := range httpsource.ByOffset(context.Background(), 2, func(s string) string { return s }, fetch) {
		if err != nil {
			return got, err
		}
		got = append(got, entry)
	}
	return got, nil
}

func TestAListingIsWalkedToItsEnd(t *testing.T) {
	all := []string{"a", "b", "c", "d", "e"}
	for n := range len(all) + 1 {
		got, err := walk(listing(all[:n], nil))
		require.NoError(t, err)
		require.Len(t, got, n)
		got, err = walk(listing(all[:n], func(_ int, p *httpsource.Page[string]) { p.Total = -1 }))
		require.NoError(t, err)
		require.Len(t, got, n, "without a total")
	}
}

func TestAListingThatIsCutShortOrMovesIsAnError(t *testing.T) {
	all := []string{"a", "b", "c", "d", "e"}
	for name, c := range map[string]struct {
		change func(offset int, p *httpsource.Page[string])
		want   error
	}{
		"ends early":       {func(o int, p *httpsource.Page[string]) { p.Entries = p.Entries[:min(len(p.Entries), max(3-o, 0))] }, httpsource.ErrTruncated},
		"grows":            {func(o int, p *httpsource.Page[string]) { p.Total += o / 4 }, httpsource.ErrDrift},
		"shrinks":          {func(o int, p *httpsource.Page[string]) { p.Total -= o / 4 }, httpsource.ErrDrift},
		"tells one twice":  {func(o int, p *httpsource.Page[string]) { p.Entries = all[max(o-1, 0):min(o+1, 5)] }, httpsource.ErrDrift},
		"tells too many":   {func(o int, p *httpsource.Page[string]) { p.Total = 3 }, httpsource.ErrDrift},
		"an empty first":   {func(o int, p *httpsource.Page[string]) { p.Entries = nil }, httpsource.ErrTruncated},
		"a total that's 0": {func(o int, p *httpsource.Page[string]) { p.Total = 0 }, httpsource.ErrDrift},
	} {
		_, err := walk(listing(all, c.change))
		require.ErrorIs(t, err, c.want, name)
		require.ErrorIs(t, err, eyeshot.ErrUnavailable, name)
	}
}

func TestTokensLeadToTheEndOrToAnError(t *testing.T) {
	walk := func(pages map[string]httpsource.Page[string]) (got []string, err error) {
		fetch := func(_ context.Context, token string) (httpsource.Page[string], error) {
			page, ok := pages[token]
			if !ok {
				return page, errors.New("no such page")
			}
			return page, nil
		}
		for entry, err := range httpsource.ByToken(t.Context(), func(s string) string { return s }, fetch) {
			if err != nil {
				return got, err
			}
			got = append(got, entry)
		}
		return got, nil
	}
	type page = httpsource.Page[string]
	got, err := walk(map[string]page{"": {Entries: []string{"a"}, Next: "2"}, "2": {Next: "3"}, "3": {Entries: []string{"b"}}})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, got)
	_, err = walk(map[string]page{"": {Entries: []string{"a"}, Next: "2"}, "2": {Entries: []string{"b"}, Next: "2"}})
	require.ErrorIs(t, err, httpsource.ErrDrift)
	_, err = walk(map[string]page{"": {Entries: []string{"a"}, Next: "2"}, "2": {Entries: []string{"a"}}})
	require.ErrorIs(t, err, httpsource.ErrDrift)
	_, err = walk(map[string]page{"": {Entries: []string{"a"}, Total: 2}})
	require.ErrorIs(t, err, httpsource.ErrTruncated)
}
