package filters

import (
	"context"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Checker asks OpenFGA, at higher consistency. Verdict i answers check i.
type Checker interface {
	BatchCheck(ctx context.Context, checks []authz.Check, context authz.CheckContext) ([]authz.Verdict, error)
}

// Gate decides, for one request at a time, which candidates its principal may
// read. It is the only place that makes a [Permit], and without a Permit no
// content leaves a store. It is safe for concurrent use and caches nothing.
type Gate struct {
	policy Policy
	now    func() time.Time
}

// NewGate builds a gate. now is the clock that conditions are evaluated at; nil
// is [time.Now].
func NewGate(policy Policy, now func() time.Time) (*Gate, error) {
	if err := policy.Validate(); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Gate{policy: policy, now: now}, nil
}

// Outcome is what the gate says of a document. The zero Outcome is Deny.
type Outcome uint8

// The outcomes. Transform is a view of the document with parts redacted; no
// policy asks for one yet, and whoever meets it treats it as Deny unless it
// knows how to redact.
const (
	Deny Outcome = iota
	Allow
	Transform
)

// Decision is the gate's answer for one document. Err is set where a check
// could not be answered, which makes the outcome Deny.
type Decision struct {
	Object  eyeshot.Object
	Outcome Outcome
	Err     error
	permit  Permit
}

// Permit proves that the gate allowed a document to a principal during this
// request. Only the gate makes one; the zero Permit opens nothing.
type Permit struct {
	tenant string
	object eyeshot.Object
}

// Object returns the document that the permit opens.
func (p Permit) Object() eyeshot.Object { return p.object }

// Permit returns the proof of an Allow; ok is false for every other outcome.
func (d Decision) Permit() (permit Permit, ok bool) {
	return d.permit, d.Outcome == Allow && d.Err == nil && d.permit.object == d.Object && d.Object != ""
}

// Decide checks the objects, which should be distinct, in one batch, and
// returns a decision for each, in their order. It fails as a whole, with
// [eyeshot.ErrUnavailable], when no check could be answered; it fails with
// [eyeshot.ErrUnauthenticated] on an invalid principal.
func (g *Gate) Decide(ctx context.Context, checker Checker, principal eyeshot.Principal, objects []eyeshot.Object) ([]Decision, error) {
	// SECURITY: the zero Principal has no parts, and no parts must not mean yes.
	if err := principal.Validate(); err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	if len(objects) == 0 {
		return nil, nil
	}
	checks, spans := g.checks(principal, objects)
	verdicts, err := g.ask(ctx, checker, checks)
	if err != nil {
		return nil, err
	}
	decisions := make([]Decision, len(objects))
	for i, object := range objects {
		decisions[i] = decide(principal.Tenant, object, verdicts[spans[i].from:spans[i].to])
	}
	return decisions, unanswered(decisions)
}

type span struct{ from, to int }

// checks lays out the checks of all objects in a row; an object of a type that
// the policy does not know gets an empty span, which decide denies.
func (g *Gate) checks(principal eyeshot.Principal, objects []eyeshot.Object) ([]authz.Check, []span) {
	checks := make([]authz.Check, 0, len(objects))
	spans := make([]span, len(objects))
	for i, object := range objects {
		from := len(checks)
		parts, err := g.policy.Parts(principal, object.Type())
		if err != nil {
			parts = nil
		}
		for _, part := range parts {
			checks = append(checks, authz.Check{Subject: part.Subject, Relation: part.Relation, Object: object})
		}
		spans[i] = span{from, len(checks)}
	}
	return checks, spans
}

func (g *Gate) ask(ctx context.Context, checker Checker, checks []authz.Check) ([]authz.Verdict, error) {
	if len(checks) == 0 {
		return nil, nil
	}
	verdicts, err := checker.BatchCheck(ctx, checks, CheckContext(g.now()))
	if err != nil {
		return nil, fmt.Errorf("gate: checking %d relationships: %w", len(checks), err)
	}
	// SECURITY: a short answer can't be paired with its questions.
	if len(verdicts) != len(checks) {
		return nil, fmt.Errorf("gate: %w: asked %d checks, got %d answers", eyeshot.ErrUnavailable, len(checks), len(verdicts))
	}
	return verdicts, nil
}

// decide allows a document only where there is at least one verdict and all
// verdicts allow it.
func decide(tenant string, object eyeshot.Object, verdicts []authz.Verdict) Decision {
	decision := Decision{Object: object}
	allowed := len(verdicts) > 0 // SECURITY: nothing asked is nothing allowed
	for _, verdict := range verdicts {
		if verdict.Err != nil { // SECURITY: an error is a denial
			decision.Err = verdict.Err
			allowed = false
		}
		allowed = allowed && verdict.Allowed // SECURITY: every part must say yes
	}
	if allowed {
		decision.Outcome = Allow
		decision.permit = Permit{tenant: tenant, object: object}
	}
	return decision
}

// unanswered fails when every single decision failed: then it is OpenFGA that
// can't be reached, not a document that can't be read.
func unanswered(decisions []Decision) error {
	var first error
	for _, decision := range decisions {
		if decision.Err == nil {
			return nil
		}
		if first == nil {
			first = decision.Err
		}
	}
	return fmt.Errorf("gate: %w: no check was answered: %w", eyeshot.ErrUnavailable, first)
}
