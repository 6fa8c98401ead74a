package churn

import (
	"sort"
	"sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// history is what was true at every moment, a step a change: of relationships
// and of texts. Steps are counted when a change begins and again when it is
// done; in between it may have happened or not.
type history struct {
	order sync.Mutex // one change at a time, so that steps have an order

	mu     sync.RWMutex
	begun  int
	done   int
	ends   []time.Time // of step i+1
	facts  map[place]map[eyeshot.Subject][]step
	texts  map[eyeshot.Object][]step
	counts map[string]int // steps by what they did
}

// place is where relationships are written.
type place struct {
	object   eyeshot.Object
	relation string
}

// step is what became of a fact at a moment. A text's value is its version, a
// relationship's one of the constants; 0 is that it is not there.
type step struct {
	at    int
	value int
}

const (
	absent  = 0
	present = 1
	expired = 2 // under a condition that is not met
)

func newHistory() *history {
	return &history{facts: map[place]map[eyeshot.Subject][]step{}, texts: map[eyeshot.Object][]step{}, counts: map[string]int{}}
}

// change makes one change: note says what it does, before do does it. Of a
// change that fails nobody knows what became; the soak then ends.
func (h *history) change(note func(add *noting), do func() error) error {
	h.order.Lock()
	defer h.order.Unlock()
	h.mu.Lock()
	note(&noting{h})
	h.mu.Unlock()
	if err := do(); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for now := time.Now(); h.done < h.begun; h.done++ {
		h.ends = append(h.ends, now)
	}
	return nil
}

// noting adds steps of a change that is about to begin.
type noting struct{ *history }

// step begins the next moment; what is set then happens in it.
func (n noting) step() { n.begun++ }

func (n noting) relationship(r eyeshot.Relationship, value int) {
	at := place{r.Object, r.Relation}
	if n.facts[at] == nil {
		n.facts[at] = map[eyeshot.Subject][]step{}
	}
	n.facts[at][r.Subject] = append(n.facts[at][r.Subject], step{n.begun, value})
}

func (n noting) text(object eyeshot.Object, version int) {
	n.texts[object] = append(n.texts[object], step{n.begun, version})
}

// now returns the last step that is done, and the last that has begun.
func (h *history) now() (done, begun int) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.done, h.begun
}

// has returns the value of a relationship at the end of all that has begun.
func (h *history) has(r eyeshot.Relationship) int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return valueAt(h.facts[place{r.Object, r.Relation}][r.Subject], h.begun)
}

// total is how many changes were made, by what they were.
func (h *history) total() map[string]int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := map[string]int{}
	for name, n := range h.counts {
		all[name] = n
	}
	return all
}

func (h *history) count(name string, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[name] += n
}

// valueAt is what the last of the steps up to a moment says.
func valueAt(steps []step, at int) int {
	i := sort.Search(len(steps), func(i int) bool { return steps[i].at > at })
	if i == 0 {
		return absent
	}
	return steps[i-1].value
}
