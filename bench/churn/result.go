package churn

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eyeshot-dev/eyeshot/retriever"
)

// Result is what a soak counted.
type Result struct {
	Took     time.Duration
	Searches int // answered or failed
	Reads    int // of single documents
	Results  int // passages in the answers
	Checks   int // documents that the gate decided about
	Denied   int // of them, denied
	Changed  int // reads that were refused because the document changed under them
	Changes  map[string]int

	Leaks         int             // results that their principal could read at no moment of the search
	Short         int             // lists that were short, without a word, of documents readable all the time
	Staleness     []time.Duration // how long such a document had been readable already
	Explained     map[string]int  // lists that were short and said why, by reason
	Failed        int             // searches without an answer
	Audited       int             // answers of the judge that were held to OpenFGA's
	Disagreements int             // of them, others than OpenFGA's
	Examples      []string        // of what should not have been, the first few of each kind
}

// Problems says in words what must not have happened; nothing where all is well.
func (r Result) Problems() []string {
	var all []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{r.Leaks, "leaks"}, {r.Short, "unexplained short lists"},
		{r.Failed, "searches without an answer"}, {r.Disagreements, "disagreements of the judge with OpenFGA"},
	} {
		if p.n > 0 {
			all = append(all, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return all
}

// Total is the number of changes.
func (r Result) Total() int {
	n := 0
	for _, count := range r.Changes {
		n += count
	}
	return n
}

// counts are what goroutines count while the soak runs.
type counts struct {
	searches, reads, audited, changed atomic.Int64
	turns, lots                       atomic.Int64 // of who grants and revokes, and of who ingests

	mu     sync.Mutex
	result Result
}

func (c *counts) answer(response *retriever.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Results += len(response.Results)
	c.result.Checks += response.Stats.Checked
	c.result.Denied += response.Stats.Denied
}

func (c *counts) leak(example string) { c.example(&c.result.Leaks, "leak: "+example) }

func (c *counts) short(example string, stale time.Duration) {
	c.example(&c.result.Short, "short list: "+example)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Staleness = append(c.result.Staleness, stale)
}

func (c *counts) disagree(example string) { c.example(&c.result.Disagreements, "judge: "+example) }

func (c *counts) fail(err error) { c.example(&c.result.Failed, "failed: "+err.Error()) }

func (c *counts) example(counter *int, text string) {
	const most = 10 // of each kind: many of one don't hide the few of another
	c.mu.Lock()
	defer c.mu.Unlock()
	*counter++
	if *counter <= most {
		c.result.Examples = append(c.result.Examples, text)
	}
}

func (c *counts) explained(reasons []retriever.Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.result.Explained == nil {
		c.result.Explained = map[string]int{}
	}
	for _, reason := range reasons {
		c.result.Explained[string(reason)]++
	}
}

func (s *soak) result() Result {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	r := s.counts.result
	r.Staleness, r.Examples = slices.Clone(r.Staleness), slices.Clone(r.Examples)
	r.Took, r.Changes = time.Since(s.began), s.history.total()
	r.Searches, r.Reads = int(s.counts.searches.Load()), int(s.counts.reads.Load())
	r.Audited, r.Changed = int(s.counts.audited.Load()), int(s.counts.changed.Load())
	return r
}
