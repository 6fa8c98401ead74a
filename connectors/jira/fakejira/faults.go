package fakejira

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is one thing that goes wrong, some times, on some requests. Answers
// that a fault gives carry the header X-Fake-Fault.
type Fault struct {
	Path  string // a part of the path; "" is any
	Skip  int    // requests that it lets pass first
	Times int    // how often it strikes; 0 is once
	Every int    // strikes each n-th request that it sees from then on, without end; 0: Times counts

	Status     int           // 429, 500, 401, …; 0: the answer itself stays right
	RetryAfter string        // of a 429 or 503
	Delay      time.Duration // before anything is answered
	HangUp     bool          // ends the connection without an answer
	Text       string        // the body; "" is JSON as Jira sends

	// Truncates leaves the last entry out of a page, which looks whole for all it
	// says; Drifts leaves the first out, as if it had slid into the page before.
	Truncates, Drifts bool
}

// Inject adds faults to the script. They are looked at in order; the first that
// fits a request strikes.
func (s *Server) Inject(script ...Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	for _, f := range script {
		s.faults.script = append(s.faults.script, &f)
	}
}

// Heal ends all faults, and returns how often any struck.
func (s *Server) Heal() int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.script = nil
	return s.faults.struck
}

type faults struct {
	mu     sync.Mutex
	script []*Fault
	struck int
}

// strike says whether a fault has answered.
func (f *faults) strike(out http.ResponseWriter, in *http.Request, rest http.Handler) bool {
	fault := f.next(in.URL.Path)
	if fault == nil {
		return false
	}
	if fault.Truncates || fault.Drifts {
		fault.spoil(out, in, rest)
		return true
	}
	if fault.Delay > 0 {
		timer := time.NewTimer(fault.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-in.Context().Done():
			return true
		}
	}
	if fault.HangUp {
		panic(http.ErrAbortHandler) // what net/http takes as "end this connection"
	}
	if fault.Status == 0 {
		return false
	}
	fault.answer(out)
	return true
}

func (f *Fault) answer(out http.ResponseWriter) {
	out.Header().Set(faultHeader, strconv.Itoa(f.Status))
	if f.RetryAfter != "" {
		out.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Text != "" {
		out.Header().Set("Content-Type", "text/html")
		out.WriteHeader(f.Status)
		_, _ = out.Write([]byte(f.Text))
		return
	}
	refuse(out, f.Status, "This is a fault of the fake's script.")
}

const faultHeader = "X-Fake-Fault"

func (f *faults) next(path string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n, fault := range f.script {
		if !strings.Contains(path, fault.Path) {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		if fault.Every > 0 {
			fault.Skip = fault.Every - 1
		} else if fault.Times--; fault.Times <= 0 {
			f.script = append(f.script[:n:n], f.script[n+1:]...)
		}
		f.struck++
		return fault
	}
	return nil
}
