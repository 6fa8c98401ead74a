package httpapi

import (
	"time"

	"github.com/eyeshot-dev/eyeshot/retriever"
)

// SearchExplanation says how a search was done: the plan, what it was expected
// to cost, and what happened. It is for those who may audit the tenant.
type SearchExplanation struct {
	Plan      string             `json:"plan"` // none, exact, filtered, unfiltered or any
	Estimate  float64            `json:"estimate_ms"`
	InStore   float64            `json:"in_store_ms"`
	Ways      map[string]float64 `json:"considered_ms"` // the estimate of each way that was open
	Documents int                `json:"documents"`     // in the tenant, about
	Allowed   int                `json:"allowed"`       // of them, in the scope
	Members   int                `json:"memberships"`   // that the filter went by
	Exact     bool               `json:"exact"`         // the gate had nothing to remove
	Checked   int                `json:"checked"`       // documents that the gate decided about
	Denied    int                `json:"denied"`        // of them
	Rounds    int                `json:"rounds"`        // times that candidates were taken
	Found     int                `json:"found"`         // hits that the store gave
}

func newSearchExplanation(stats retriever.Stats) *SearchExplanation {
	plan := stats.Plan
	out := &SearchExplanation{
		Plan: plan.Name(), Estimate: milliseconds(plan.Estimate), InStore: milliseconds(stats.InStore), Ways: map[string]float64{},
		Documents: plan.Load.Documents, Allowed: stats.Allowed, Members: plan.Load.Memberships, Exact: stats.Exact,
		Checked: stats.Checked, Denied: stats.Denied, Rounds: stats.Rounds, Found: stats.Found,
	}
	for way, estimate := range plan.Considered {
		out.Ways[way.String()] = milliseconds(estimate)
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
