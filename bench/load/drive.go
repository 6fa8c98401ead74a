package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
)

// due is one request, and when it arrives.
type due struct {
	at    time.Time
	body  []byte
	token string
}

// arrivals draws a Poisson process: independent users, not a metronome.
func (s *stage) arrivals(rate float64, length time.Duration) []due {
	r := rand.New(rand.NewPCG(s.Seed, uint64(rate*1000)))
	var all []due
	now := time.Now().Add(10 * time.Millisecond)
	for at := time.Duration(0); ; {
		at += time.Duration(r.ExpFloat64() / rate * float64(time.Second))
		if at > length {
			return all
		}
		body, _ := json.Marshal(map[string]any{"query": s.words.Text(r, 4)}) // of strings: it has no error
		all = append(all, due{at: now.Add(at), body: body, token: s.tokens[r.IntN(len(s.tokens))]})
	}
}

// drive sends what is due, over as many connections as there may be, and changes
// permissions meanwhile.
func (s *stage) drive(ctx context.Context, p pace, length time.Duration) (step, error) {
	queue := make(chan due)
	var out step
	var mu sync.Mutex
	all, ctx := errgroup.WithContext(ctx)
	changing, stop := context.WithCancel(ctx)
	var changes atomic.Int64
	all.Go(func() error { return s.change(changing, &changes) })
	all.Go(func() error {
		defer stop()
		return s.send(ctx, p.clients, queue, func(latency, wait time.Duration, ok bool) {
			mu.Lock()
			defer mu.Unlock()
			out.latencies, out.waits = append(out.latencies, ms(latency)), append(out.waits, ms(wait))
			if !ok {
				out.failed++
			}
		})
	})
	all.Go(func() error {
		defer close(queue)
		for _, d := range s.arrivals(p.rate, length) {
			if !sleep(ctx, time.Until(d.at)) {
				return ctx.Err()
			}
			select {
			case queue <- d: // where all connections are busy it waits here, and its time runs
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	err := all.Wait()
	out.changes = int(changes.Load())
	return out, err
}

// send sends what comes out of the queue, as so many clients.
func (s *stage) send(ctx context.Context, clients int, queue <-chan due, done func(latency, wait time.Duration, ok bool)) error {
	all, ctx := errgroup.WithContext(ctx)
	for range clients {
		all.Go(func() error {
			for d := range queue {
				wait := time.Since(d.at)
				ok, err := s.sendOne(ctx, d)
				if err != nil {
					return err
				}
				done(time.Since(d.at), wait, ok)
			}
			return nil
		})
	}
	return all.Wait()
}

func (s *stage) sendOne(ctx context.Context, d due) (ok bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/v1/search", bytes.NewReader(d.body))
	if err != nil {
		return false, err
	}
	request.Header.Set("Authorization", "Bearer "+d.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return false, fmt.Errorf("searching: %w", err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return false, fmt.Errorf("reading an answer: %w", err)
	}
	return response.StatusCode == http.StatusOK, nil
}

// change gives and takes access, evenly, until ctx ends.
func (s *stage) change(ctx context.Context, n *atomic.Int64) error {
	r := rand.New(rand.NewPCG(s.Seed, 77))
	given := map[eyeshot.RelationshipKey]bool{}
	for s.Changes > 0 && sleep(ctx, time.Duration(float64(time.Second)/s.Changes)) {
		writes, deletes := []eyeshot.Relationship{s.draw(r)}, []eyeshot.Relationship(nil)
		if key := writes[0].Key(); given[key] {
			writes, deletes = nil, writes
			delete(given, key)
		} else {
			given[key] = true
		}
		if err := s.tenant.Write(context.WithoutCancel(ctx), writes, deletes); err != nil {
			return fmt.Errorf("changing permissions: %w", err)
		}
		n.Add(1)
	}
	return nil
}

// draw is a share of a ticket, or a membership of a team.
func (s *stage) draw(r *rand.Rand) eyeshot.Relationship {
	person := eyeshot.Subject(fmt.Sprintf("user:u%d", r.IntN(20)))
	if r.IntN(2) == 0 {
		return eyeshot.Relationship{Subject: person, Relation: "viewer", Object: s.world.Objects[r.IntN(len(s.world.Objects))]}
	}
	return eyeshot.Relationship{Subject: person, Relation: "member", Object: eyeshot.Object(fmt.Sprintf("group:team-%d", r.IntN(3)))}
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
