package churn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// auditOnce holds the judge to OpenFGA about some documents: the judge's answers
// and OpenFGA's must be the same, unless what happened meanwhile changed them.
func (s *soak) auditOnce(ctx context.Context, r *rand.Rand, principal eyeshot.Principal) error {
	objects := make([]eyeshot.Object, 10)
	for i := range objects {
		objects[i] = s.world.documents[r.IntN(len(s.world.documents))]
	}
	return s.audit(ctx, principal, objects)
}

func (s *soak) audit(ctx context.Context, principal eyeshot.Principal, objects []eyeshot.Object) error {
	var checks []authz.Check
	parts, err := s.policy.Parts(principal, "ticket") // of all types alike
	if err != nil {
		return err
	}
	for _, object := range objects {
		for _, part := range parts {
			checks = append(checks, authz.Check{Subject: part.Subject, Relation: part.Relation, Object: object})
		}
	}
	from, _ := s.history.now()
	verdicts, err := s.tenant.BatchCheck(ctx, checks, filters.CheckContext(time.Now()))
	_, to := s.history.now()
	if err != nil {
		return fmt.Errorf("asking OpenFGA: %w", err)
	}
	w := s.window(principal, from, to)
	w.mu.RLock()
	defer w.mu.RUnlock()
	for i, check := range checks {
		s.counts.audited.Add(1)
		if verdicts[i].Err != nil || !w.couldBe(check, verdicts[i].Allowed) {
			s.counts.disagree(fmt.Sprintf("OpenFGA says %t (%v) of %s to %s by %s", verdicts[i].Allowed, verdicts[i].Err, check.Relation, check.Object, check.Subject))
		}
	}
	return nil
}

// couldBe says whether there was a moment at which a check had this answer.
func (w *window) couldBe(check authz.Check, allowed bool) bool {
	for at := w.from; at <= w.to; at++ {
		if w.judge(at, check.Subject).has(check.Object, check.Relation) == allowed {
			return true
		}
	}
	return false
}

// calm is the end of a soak: nothing changes any more, and everything has to be
// exactly right. Every principal lists all that it can, and the judge is held to
// OpenFGA about all of it.
func (s *soak) calm(ctx context.Context) error {
	for _, principal := range s.world.principals {
		if err := s.audit(ctx, principal, s.world.documents); err != nil {
			return err
		}
		q := question{principal: principal, request: retriever.Request{Query: "company", Mode: retriever.Keyword, Limit: retriever.MaxLimit}}
		if err := s.ask(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
