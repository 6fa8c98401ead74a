package sync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/indexer/audience"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// GuardPolicy says which jumps of an audience wait for an admin. The zero
// policy takes the defaults.
type GuardPolicy struct {
	Off      bool
	Everyone bool    // true: to everyone passes
	Share    float64 // of the tenant's people; default 0.5
	Factor   int     // default 10
	People   int     // an audience of fewer never waits, unless it is everyone; default 20
}

func (p GuardPolicy) withDefaults() GuardPolicy {
	if p.Share <= 0 {
		p.Share = 0.5
	}
	if p.Factor <= 1 {
		p.Factor = 10
	}
	if p.People <= 0 {
		p.People = 20
	}
	return p
}

// jump says in words what is remarkable about an audience's growth, or "".
// Counts are of people; -1 is everyone, and tenant the tenant's people.
func (p GuardPolicy) jump(before, after, tenant int) string {
	if p.Off || before < 0 {
		return ""
	}
	if after < 0 {
		if p.Everyone {
			return ""
		}
		return "it would be open to everyone"
	}
	if after < p.People || after <= before {
		return ""
	}
	if limit := p.Share * float64(tenant); float64(after) > limit && float64(before) <= limit {
		return fmt.Sprintf("it would be open to %d of the tenant's %d people", after, tenant)
	}
	if after >= p.Factor*max(before, 1) {
		return fmt.Sprintf("its audience would grow from %d to %d people", before, after)
	}
	return ""
}

// guard compares audiences before they are published. It implements
// [indexer.Guard].
type guard struct {
	run         *run
	policy      GuardPolicy
	established bool // a whole snapshot has been taken in before: siblings mean something
	names       *audience.Names
	before      *audience.Evaluator
	after       *audience.Evaluator
	people      int // of the tenant; -1 until it is known
	held        map[eyeshot.Object]bool
	passed      map[eyeshot.Object]bool // by approval
	unread      map[eyeshot.Object]bool // refused, so that nothing is known of what they want
	places      map[string]place
}

func (r *run) newGuard(ctx context.Context) (*guard, error) {
	established, err := r.load(ctx, keyEstablished)
	if err != nil {
		return nil, err
	}
	g := &guard{
		run: r, policy: r.source.Guard.withDefaults(), established: established != "", names: audience.NewNames(), people: -1,
		held: map[eyeshot.Object]bool{}, passed: map[eyeshot.Object]bool{}, unread: map[eyeshot.Object]bool{}, places: map[string]place{},
	}
	g.before = audience.New(r.model, g.names, g.recorded, g.isContainer)
	g.renewAfter()
	return g, nil
}

func (g *guard) renewAfter() {
	g.after = audience.New(g.run.model, g.names, g.staged, g.isContainer)
}

func (g *guard) isContainer(typ string) bool { _, document := g.run.config.Read[typ]; return !document }

// Review says which objects wait for an admin.
func (g *guard) Review(ctx context.Context, proposals []indexer.Proposal) ([]bool, error) {
	held := make([]bool, len(proposals))
	if g.policy.Off {
		return held, nil
	}
	any := false
	for i, p := range proposals {
		reason, h, err := g.look(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("compare the audience of %s: %w", p.Object, err)
		}
		if reason != "" {
			if held[i], err = g.decide(ctx, p, h); err != nil {
				return nil, err
			}
			any = any || held[i] && p.Access
		}
	}
	if any { // what it hangs on will not be as wide as it is staged
		g.renewAfter()
	}
	return held, nil
}

// look compares the audiences of one object.
func (g *guard) look(ctx context.Context, p indexer.Proposal) (string, state.Held, error) {
	before, known, err := g.baseline(ctx, p)
	if err != nil || !known {
		return "", state.Held{}, err
	}
	people, err := g.proposed(ctx, p)
	if err != nil {
		return "", state.Held{}, err
	}
	after, err := g.count(ctx, people)
	if err != nil {
		return "", state.Held{}, err
	}
	reason := g.policy.jump(before, after, max(g.people, after))
	if reason != "" && people.Tenant && !people.Everyone {
		reason = "it would be open to all members of the tenant"
	}
	return reason, state.Held{Object: p.Object, Reason: reason, Before: before, After: after, Since: g.run.config.Now()}, nil
}

// decide holds back, unless an admin has approved just this.
func (g *guard) decide(ctx context.Context, p indexer.Proposal, h state.Held) (held bool, err error) {
	tenant, source := g.run.source.Tenant, g.run.source.Name
	if h.Digest, err = g.digest(ctx, p); err != nil {
		return false, err
	}
	earlier, found, err := g.run.config.State.HeldOn(ctx, tenant, source, p.Object)
	if err != nil {
		return false, err
	}
	if found && earlier.Approved != "" && earlier.Digest == h.Digest {
		g.passed[p.Object] = true
		return false, nil
	}
	g.held[p.Object] = true
	return true, g.run.config.State.Hold(ctx, tenant, source, h)
}

// digest identifies what an approval is for: all that the object would have.
func (g *guard) digest(ctx context.Context, p indexer.Proposal) (string, error) {
	relationships := p.After
	if p.Access {
		var err error
		if relationships, err = g.run.config.State.Staged(ctx, g.run.source.Tenant, indexer.AccessOwner(g.run.source.Name), p.Object); err != nil {
			return "", err
		}
	}
	lines := make([]string, 0, len(relationships))
	for _, r := range relationships {
		condition, err := json.Marshal(r.Condition)
		if err != nil {
			return "", fmt.Errorf("%w: the condition of %s: %w", eyeshot.ErrInvalid, r, err)
		}
		lines = append(lines, r.String()+" "+string(condition))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(lines), "\n")))
	return hex.EncodeToString(sum[:]), nil
}

// applied notes what was refused for another reason than the guard's.
func (g *guard) applied(changes []indexer.Applied) {
	for _, c := range changes {
		if c.Refused != "" && c.Refused != connectors.HeldBack {
			g.unread[c.Object] = true
		}
	}
}

// finish forgets what was approved and has passed, and, where everything was
// told, what no longer jumps.
func (g *guard) finish(ctx context.Context) error {
	tenant, source := g.run.source.Tenant, g.run.source.Name
	all, err := g.run.config.State.Held(ctx, tenant, source)
	if err != nil {
		return err
	}
	var done []eyeshot.Object
	for _, h := range all {
		if g.isDone(h) {
			done = append(done, h.Object)
		}
	}
	if len(done) == 0 {
		return nil
	}
	return g.run.config.State.Release(ctx, tenant, source, done)
}

// isDone says whether what was held back no longer is.
//
// SECURITY: what is forgotten too soon has nothing to be compared with when it
// is told again, and passes as something new. So this reading must have told
// everything by itself, and have understood the object; and what was approved
// while its content is not indexed stays until it is.
func (g *guard) isDone(h state.Held) bool {
	if g.passed[h.Object] {
		return !g.run.lost.now[h.Object]
	}
	return g.run.whole && !g.run.report.Resumed && !g.held[h.Object] && !g.unread[h.Object]
}
