package retriever

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
)

// verdict is what the gate said of a document in this request.
type verdict struct {
	known   bool
	allowed bool
	permit  filters.Permit
	there   bool   // the store had it before the gate was asked
	version string // of its content then
}

// admit returns the candidates whose documents the gate allows, in their order.
func (s *search) admit(ctx context.Context, lot []ranked) ([]picked, error) {
	objects := make([]eyeshot.Object, len(lot))
	for i, candidate := range lot {
		objects[i] = candidate.ref.Object
	}
	if err := s.judge(ctx, objects); err != nil {
		return nil, err
	}
	var out []picked
	for _, candidate := range lot {
		// SECURITY: a candidate without an allowing verdict of this request goes no further.
		if v := s.verdicts[candidate.ref.Object]; v.allowed {
			out = append(out, picked{candidate, v.permit})
		}
	}
	return out, nil
}

// judge asks the gate about the objects that have no verdict yet, each once.
func (s *search) judge(ctx context.Context, objects []eyeshot.Object) error {
	var ask []eyeshot.Object
	asked := map[eyeshot.Object]bool{}
	for _, object := range objects {
		if !s.verdicts[object].known && !asked[object] {
			asked[object] = true
			ask = append(ask, object)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	// SECURITY: the version comes before the verdict: see stillSame.
	versions, err := s.Content.Versions(ctx, s.principal.Tenant, ask)
	if err != nil {
		return fmt.Errorf("reading versions: %w", err)
	}
	decisions, err := s.decide(ctx, ask)
	if err != nil {
		return err
	}
	for _, decision := range decisions {
		version, there := versions[decision.Object]
		s.record(decision, version, there)
	}
	return nil
}

func (s *search) decide(ctx context.Context, objects []eyeshot.Object) ([]filters.Decision, error) {
	if len(objects) == 0 {
		return nil, nil
	}
	defer s.timed("gate")()
	return s.Gate.Decide(ctx, s.tenant, s.principal, objects)
}

func (s *search) record(decision filters.Decision, version string, there bool) {
	permit, allowed := decision.Permit()
	s.verdicts[decision.Object] = verdict{known: true, allowed: allowed, permit: permit, there: there, version: version}
	s.stats.Checked++
	if !allowed {
		s.stats.Denied++
	}
	if decision.Err != nil {
		s.reason(ReasonCheckFailed)
	}
}

// mayLook says whether a round may begin. The first one may however late it is:
// what it finds has been checked already, as far as the guess was right.
func (s *search) mayLook(round int) bool {
	return round == 0 && s.stats.Checked < s.Budget.Checks || s.withinBudget()
}

// withinBudget says whether the search may go on: the gate be asked about more
// documents, and time be spent.
func (s *search) withinBudget() bool {
	if s.stats.Checked < s.Budget.Checks {
		return s.withinTime()
	}
	s.reason(ReasonBudget)
	return false
}

func (s *search) withinTime() bool {
	if s.Now().Before(s.deadline) {
		return true
	}
	s.reason(ReasonBudget)
	return false
}
