package churn

import (
	"context"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// Fault is something broken on purpose, to see that the soak finds it.
type Fault string

// The faults.
const (
	NoFault Fault = ""
	// StaleIndex never looks at the permission index again.
	StaleIndex Fault = "stale-index"
	// OpenGate is a gate that allows whatever a stale index lets through.
	OpenGate Fault = "open-gate"
)

func (f Fault) validate() error {
	switch f {
	case NoFault, StaleIndex, OpenGate:
		return nil
	}
	return eyeshot.Invalid("fault", string(f), "must be stale-index or open-gate")
}

// newSearcher is the product's own retriever, or one of the product's parts with
// the fault in it.
func (s *soak) newSearcher(embedder embed.Embedder) (*retriever.Retriever, error) {
	if s.options.Fault == NoFault {
		return s.Retriever, nil
	}
	gate, err := filters.NewGate(s.policy, nil)
	if err != nil {
		return nil, err
	}
	return retriever.New(retriever.Config{
		Tenants: faulty{s}, Policy: s.policy, Gate: gate, Searcher: s.Store, Content: filters.NewContent(s.Store), Embedder: embedder,
	})
}

// faulty gives the retriever a tenant with a fault.
type faulty struct{ *soak }

// Tenant returns the tenant that there is.
func (f faulty) Tenant(context.Context, string) (retriever.Tenant, error) {
	return faultyTenant{f.soak.tenant, f.soak}, nil
}

type faultyTenant struct {
	retriever.Tenant
	soak *soak
}

// Reach returns the index as it was when it was first asked since the restart.
func (t faultyTenant) Reach(ctx context.Context, _ time.Duration) (filters.Reach, bool, error) {
	t.soak.stale.Do(func() { t.soak.old, _, _ = t.Tenant.Reach(ctx, 0) })
	return t.soak.old, true, nil
}

// BatchCheck asks OpenFGA, or allows everything.
func (t faultyTenant) BatchCheck(ctx context.Context, checks []authz.Check, conditions authz.CheckContext) ([]authz.Verdict, error) {
	if t.soak.options.Fault != OpenGate {
		return t.Tenant.BatchCheck(ctx, checks, conditions)
	}
	verdicts := make([]authz.Verdict, len(checks))
	for i := range verdicts {
		verdicts[i].Allowed = true
	}
	return verdicts, nil
}
