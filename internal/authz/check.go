package authz

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
)

// sequence numbers the calls of a client, so that answers can't be mixed up.
type sequence struct{ last atomic.Uint64 }

func (s *sequence) next() uint64 { return s.last.Add(1) }

// BatchCheck asks all checks at higher consistency, which no cache of OpenFGA's
// may answer, in lots of Config.MaxChecksPerBatch with Config.ParallelBatches
// of them side by side. Verdict i answers check i. Equal checks are asked as
// often as they are given.
//
// A check that is malformed, that OpenFGA could not evaluate, or whose answer
// is missing or can't be paired with it, has a Verdict with an Err that wraps
// [eyeshot.ErrUnavailable] and is never allowed. Where no lot at all was
// answered the call fails with [eyeshot.ErrUnavailable], and with the context's
// error where that is the cause.
func (s *Store) BatchCheck(ctx context.Context, checks []Check, conditions CheckContext) ([]Verdict, error) {
	if len(checks) == 0 {
		return nil, nil
	}
	if err := s.valid(); err != nil {
		return nil, fmt.Errorf("%w: %v", eyeshot.ErrUnavailable, err)
	}
	encoded, err := json.Marshal(conditions)
	if err != nil {
		return nil, fmt.Errorf("%w: the context of a check can't be encoded: %v", eyeshot.ErrUnavailable, err)
	}
	batch := &batch{store: s, checks: checks, context: encoded, verdicts: make([]Verdict, len(checks))}
	if len(conditions) == 0 {
		batch.context = nil
	}
	batch.layOut(s.client.config.MaxChecksPerBatch)
	return batch.run(ctx)
}

// batch is one BatchCheck under way. Each lot writes its own verdicts only.
type batch struct {
	store    *Store
	checks   []Check
	context  json.RawMessage
	verdicts []Verdict
	lots     []lot
}

// layOut cuts the well-formed checks into lots.
//
// SECURITY: a malformed check is denied here. OpenFGA would refuse the whole
// request that holds it, and so deny up to 49 others.
func (b *batch) layOut(size int) {
	current := make([]int, 0, min(size, len(b.checks)))
	for i, check := range b.checks {
		if err := check.validate(); err != nil {
			b.verdicts[i] = Verdict{Err: unanswered(err)}
			continue
		}
		if current = append(current, i); len(current) == size {
			b.add(current)
			current = make([]int, 0, min(size, len(b.checks)-i-1))
		}
	}
	if len(current) > 0 {
		b.add(current)
	}
}

func (b *batch) add(indexes []int) {
	b.lots = append(b.lots, lot{call: b.store.client.calls.next(), indexes: indexes})
}

// run asks all lots; one that fails leaves the others alone.
func (b *batch) run(ctx context.Context) ([]Verdict, error) {
	failures := make([]error, len(b.lots))
	if len(b.lots) == 1 {
		failures[0] = b.ask(ctx, b.lots[0])
	} else {
		var group errgroup.Group
		group.SetLimit(b.store.client.config.ParallelBatches)
		for i, lot := range b.lots {
			group.Go(func() error {
				failures[i] = b.ask(ctx, lot)
				return nil
			})
		}
		_ = group.Wait() // the functions return nil
	}
	for _, err := range failures {
		if err == nil {
			return b.verdicts, nil
		}
	}
	if len(failures) == 0 { // nothing was well-formed enough to ask
		return b.verdicts, nil
	}
	return nil, fmt.Errorf("checking %d relationships: %w", len(b.checks), failures[0])
}

// ask sends one lot and reads its answers into the verdicts of its checks. Its
// error means that no check of the lot was answered.
func (b *batch) ask(ctx context.Context, lot lot) error {
	r := post("BatchCheck", "/stores/{store_id}/batch-check", lot.encode(b.store.modelID, b.checks, b.context))
	r.store = b.store.id
	answer, err := b.store.client.send(ctx, r)
	if err == nil {
		err = lot.decode(answer, b.verdicts)
	}
	if err == nil {
		return nil
	}
	err = unanswered(err)
	for _, i := range lot.indexes {
		// SECURITY: a lot that failed denies all its checks, whatever was read of
		// its answer before.
		b.verdicts[i] = Verdict{Err: err}
	}
	return err
}

// unanswered makes any failure of a check an [eyeshot.ErrUnavailable] and
// nothing else: a model that lacks a relation or a store that is gone must not
// look to callers like bad input of theirs or like a missing document. The
// context's error stays visible.
func unanswered(err error) error {
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			return fmt.Errorf("%w: %w: %v", eyeshot.ErrUnavailable, cause, err)
		}
	}
	return fmt.Errorf("%w: %v", eyeshot.ErrUnavailable, err)
}

func (c Check) validate() error {
	return eyeshot.Relationship{Subject: c.Subject, Relation: c.Relation, Object: c.Object}.Validate()
}
