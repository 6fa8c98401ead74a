package redmine

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot/connectors"
)

// version is that of the checkpoints; one of another version is of no use.
const version = 1

// checkpoint is where a reading goes on. Began and what was seen then are of
// the first snapshot of those that go on from each other.
type checkpoint struct {
	Version int       `json:"v"`
	Phase   string    `json:"in"` // one of the phases below
	Next    int       `json:"next,omitempty"`
	Page    string    `json:"page,omitempty"` // of the wiki of project Next, the last one that was told
	Began   time.Time `json:"began"`
	Seen    horizon   `json:"seen"`
}

// The phases: a snapshot tells issues, then wikis; changes follow.
const (
	inIssues = "issues"
	inWikis  = "wikis"
	changes  = "changes"
)

// horizon is what could be seen at a time. Redmine gives nothing a new time when
// its project comes back from the archive or has a module switched on, nor a
// page that is renamed; but then it was not seen before.
type horizon struct {
	Issues []int          `json:"issues"` // projects
	Wikis  map[int]string `json:"wikis"`  // project → what tells its titles from others
}

// overlap is how far changes look back behind the moment before: a transaction
// in Redmine may take a while from its time to its end.
const overlap = time.Minute

func (p checkpoint) text() string {
	p.Version = version
	out, _ := json.Marshal(p)
	for len(out) > 60<<10 {
		// What is not there any more is told once too often.
		p.Seen.shrink()
		out, _ = json.Marshal(p)
	}
	return string(out)
}

func (h *horizon) shrink() {
	h.Issues = h.Issues[:len(h.Issues)/2]
	keys := sorted(h.Wikis)
	kept := make(map[int]string, len(keys)/2)
	for _, key := range keys[:len(keys)/2] {
		kept[key] = h.Wikis[key]
	}
	h.Wikis = kept
}

// parse reads a checkpoint of one of the phases.
func parse(text string, phases ...string) (checkpoint, error) {
	var p checkpoint
	if err := json.Unmarshal([]byte(text), &p); err != nil || p.Version != version || p.Began.IsZero() {
		return p, fmt.Errorf("%w: it is not one of version %d", connectors.ErrCheckpoint, version)
	}
	for _, phase := range phases {
		if p.Phase == phase {
			return p, nil
		}
	}
	return p, fmt.Errorf("%w: it is for another reading", connectors.ErrCheckpoint)
}
