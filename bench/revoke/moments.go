package revoke

import (
	"math"
	"sync"
)

// moments is which swing was on when. Time is a count of what begins and ends: a
// change has happened at the latest when it is acknowledged, and not before it
// was begun.
type moments struct {
	mu      sync.Mutex
	clock   int
	count   int      // changes
	changes [][]turn // by swing
}

// turn is one change of a swing. The first turns it on, the next one off, and so on.
type turn struct{ begun, done int }

func newMoments(swings int) *moments { return &moments{changes: make([][]turn, swings)} }

// begin says that a swing begins to turn, and whether on.
func (m *moments) begin(swing int) (on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock++
	m.count++
	m.changes[swing] = append(m.changes[swing], turn{m.clock, math.MaxInt})
	return len(m.changes[swing])%2 == 1
}

// done says that the turn is acknowledged.
func (m *moments) done(swing int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock++
	m.changes[swing][len(m.changes[swing])-1].done = m.clock
}

// begun counts the changes.
func (m *moments) begun() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count
}

func (m *moments) now() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.clock
}

// between says whether a swing was on at all moments of a stretch of time, and
// whether it may have been on at any.
func (m *moments) between(swing, from, to int) (always, ever bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	turned, turning := 0, false
	for _, t := range m.changes[swing] {
		switch {
		case t.done <= from:
			turned++
		case t.begun <= to:
			turning = true
		}
	}
	on := turned%2 == 1
	return on && !turning, on || turning
}
