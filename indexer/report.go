package indexer

import (
	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Report says what became of what a source told.
type Report struct {
	Documents  int                     `json:"documents"`           // items, good or not
	Written    int                     `json:"written"`             // content was new or had changed
	Unchanged  int                     `json:"unchanged"`           // content was as before and was not embedded again
	Duplicates int                     `json:"duplicates"`          // the same document came again later in its lot
	Refused    map[connectors.Kind]int `json:"refused"`             // not taken, by reason
	Withdrawn  int                     `json:"withdrawn"`           // of the refused: was there before, and is no longer
	Chunks     int                     `json:"chunks"`              // written
	Deleted    int                     `json:"deleted,omitempty"`   // the source said so, or a complete reading did not tell them
	Held       int                     `json:"held_back,omitempty"` // by the guard; objects
	Skipped    int                     `json:"skipped,omitempty"`   // permissions of documents that are not indexed yet
	Evicted    int                     `json:"evicted,omitempty"`   // content that went because permissions changed, and has to be read again

	RelationshipsAdded   int `json:"relationships_added"`
	RelationshipsRemoved int `json:"relationships_removed"`

	// Problems names what was refused or doubled, in order, up to a limit;
	// ProblemsOmitted counts the rest.
	Problems        []Problem `json:"problems,omitempty"`
	ProblemsOmitted int       `json:"problems_omitted,omitempty"`

	// End is how the reading ended, and Next the checkpoint of its end.
	End  connectors.End `json:"-"`
	Next string         `json:"-"`
}

// KindDuplicate marks the Problem of a document that came again later.
const KindDuplicate connectors.Kind = "duplicate"

// Problem names a document that was not taken.
type Problem struct {
	Index  int             `json:"index"`            // of the item, from 0
	Line   int             `json:"line,omitempty"`   // in its file, from 1
	Object eyeshot.Object  `json:"object,omitempty"` // where it could be told
	Kind   connectors.Kind `json:"kind"`
	Reason string          `json:"reason"`
}

// Accepted counts the documents that are in: written or found unchanged.
func (r Report) Accepted() int { return r.Written + r.Unchanged }

// RefusedTotal counts the documents that were not taken, for whatever reason.
func (r Report) RefusedTotal() int {
	n := 0
	for _, count := range r.Refused {
		n += count
	}
	return n
}

func (r *Report) problem(e *entry, kind connectors.Kind, reason string, most int) {
	if len(r.Problems) >= most {
		r.ProblemsOmitted++
		return
	}
	r.Problems = append(r.Problems, Problem{Index: e.index, Line: e.item.Line, Object: e.item.Document.Object, Kind: kind, Reason: reason})
}

func (r *Report) refused(e *entry, most int) {
	if r.Refused == nil {
		r.Refused = map[connectors.Kind]int{}
	}
	r.Refused[e.item.Refused.Kind]++
	r.problem(e, e.item.Refused.Kind, e.item.Refused.Err.Error(), most)
}

// merge adds what became of a later lot.
func (r *Report) merge(l Report, most int) {
	r.Documents += l.Documents
	r.Written += l.Written
	r.Unchanged += l.Unchanged
	r.Duplicates += l.Duplicates
	r.Withdrawn += l.Withdrawn
	r.Chunks += l.Chunks
	r.Deleted += l.Deleted
	r.Held += l.Held
	r.Skipped += l.Skipped
	r.Evicted += l.Evicted
	r.RelationshipsAdded += l.RelationshipsAdded
	r.RelationshipsRemoved += l.RelationshipsRemoved
	if r.Refused == nil {
		r.Refused = map[connectors.Kind]int{}
	}
	for kind, n := range l.Refused {
		r.Refused[kind] += n
	}
	room := min(len(l.Problems), most-len(r.Problems))
	r.Problems = append(r.Problems, l.Problems[:room]...)
	r.ProblemsOmitted += l.ProblemsOmitted + len(l.Problems) - room
}

// clone is what others may keep while the run goes on.
func (r *Report) clone() Report {
	out := *r
	out.Problems = append([]Problem(nil), r.Problems...)
	out.Refused = make(map[connectors.Kind]int, len(r.Refused))
	for kind, n := range r.Refused {
		out.Refused[kind] = n
	}
	return out
}
