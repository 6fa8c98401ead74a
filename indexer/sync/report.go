package sync

import (
	"slices"

	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
)

// Report says what a sync did. Times are in seconds.
type Report struct {
	Mode    Mode `json:"mode"`
	Resumed bool `json:"resumed,omitempty"` // it went on with an interrupted one

	Seen       int `json:"seen"`       // documents told
	Changed    int `json:"changed"`    // of them, with content that is new or differs
	Embedded   int `json:"embedded"`   // passages
	Unchanged  int `json:"unchanged"`  // content was as before
	Deleted    int `json:"deleted"`    // documents
	HeldBack   int `json:"held_back"`  // objects that would have been open too far
	Unreadable int `json:"unreadable"` // readable by nobody: content or permissions not understood
	Unmapped   int `json:"unmapped"`   // accounts that are nobody's
	Public     int `json:"public"`     // objects that the source opens to everybody and the configuration does not

	TuplesAdded   int `json:"tuples_added"`
	TuplesRemoved int `json:"tuples_removed"`

	Seconds  float64 `json:"seconds"`
	Requests int64   `json:"requests"`

	// ContentLag runs from a change at the source to its being searchable.
	ContentLag Lag `json:"content_lag"`
	// PermissionLag runs at most so long from a change of permissions to its
	// being in force: from when they were last read, as sources do not tell when
	// they were changed.
	PermissionLag Lag `json:"permission_lag"`

	Problems        []indexer.Problem `json:"problems,omitempty"`
	ProblemsOmitted int               `json:"problems_omitted,omitempty"`
}

// take sets what the indexer reported; of a sync with two readings the later
// counts.
func (r *Report) take(from indexer.Report) {
	r.Seen, r.Changed, r.Embedded, r.Unchanged = from.Documents-from.Duplicates, from.Written, from.Chunks, from.Unchanged
	r.Deleted, r.HeldBack = from.Deleted, from.Held
	r.Unreadable = from.RefusedTotal() - from.Refused[connectors.HeldBack]
	r.TuplesAdded, r.TuplesRemoved = from.RelationshipsAdded, from.RelationshipsRemoved
	r.Problems, r.ProblemsOmitted = slices.Clone(from.Problems), from.ProblemsOmitted
}

// measure sets what the run itself counts.
func (r *run) measure(report *Report) {
	report.Public = r.public.count()
	report.Seconds = r.config.Now().Sub(r.began).Seconds()
	if meter, ok := r.source.Connector.(connectors.Meter); ok {
		report.Requests = meter.Requests() - r.before
	}
}

func (r *run) final() Report {
	r.measure(&r.report)
	r.lags.access(r.report.TuplesAdded + r.report.TuplesRemoved)
	r.report.ContentLag, r.report.PermissionLag = lagOf(r.lags.content), lagOf(r.lags.permission)
	return r.report
}
