package sources

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Drift is where what is in force differs from what the live source says.
type Drift struct {
	Source string    `json:"source"`
	People int       `json:"people"` // that were asked about
	Asked  int       `json:"asked"`  // pairs of a person and a document
	Leaks  []Differs `json:"leaks"`  // Eyeshot shows what the source does not
	Hidden []Differs `json:"hidden"` // the source shows what Eyeshot does not
}

// Differs is one person and one document.
type Differs struct {
	Account string         `json:"account"`
	Subject eyeshot.Object `json:"subject"`
	Object  eyeshot.Object `json:"object"`
}

// auditPeople is how many people the questions of an audit are spread over.
const auditPeople = 25

// Audit asks the live source about sample pairs of a person and a document,
// drawn by seed, and compares. It fails with [eyeshot.ErrInvalid] for a source
// that can't be asked.
//
// Nothing is changed: a difference that stands after the next syncs is a fault.
func (m *Manager) Audit(ctx context.Context, tenant, name string, sample int, seed uint64) (Drift, error) {
	drift := Drift{Source: name, Leaks: []Differs{}, Hidden: []Differs{}}
	if sample < 1 {
		return drift, eyeshot.Invalid("sample", fmt.Sprint(sample), "must be 1 or more")
	}
	s, directory, err := m.directory(tenant, name)
	if err != nil {
		return drift, err
	}
	oracle, ok := directory.(connectors.Oracle)
	if !ok {
		return drift, eyeshot.Invalid("source", name, "is of a type that can't be asked what somebody sees")
	}
	in, err := m.config.Tenant(ctx, tenant, false)
	if err != nil {
		return drift, err
	}
	random := rand.New(rand.NewPCG(seed, seed))
	people, err := samplePeople(ctx, directory, random)
	if err != nil || len(people) == 0 {
		return drift, s.blame(err)
	}
	for i, person := range people {
		share := sample/len(people) + min(max(sample%len(people)-i, 0), 1)
		objects, err := m.sampleObjects(ctx, s, random, share)
		if err != nil {
			return drift, err
		}
		if err := drift.compare(ctx, oracle, in, m.config.Read, person, objects); err != nil {
			return drift, s.blame(err)
		}
	}
	m.config.Observer.Audited(name, len(drift.Leaks), len(drift.Hidden), drift.Asked)
	return drift, nil
}

// samplePeople draws accounts that are somebody's, each as likely as another.
func samplePeople(ctx context.Context, directory connectors.Directory, random *rand.Rand) ([]identities.Identity, error) {
	var out []identities.Identity
	n := 0
	for identity, err := range directory.Identities(ctx) {
		if err != nil {
			return nil, err
		}
		if !identity.Matched() {
			continue
		}
		if n++; len(out) < auditPeople {
			out = append(out, identity)
		} else if at := random.IntN(n); at < auditPeople { // reservoir sampling: Vitter, Algorithm R
			out[at] = identity
		}
	}
	return out, nil
}

// sampleObjects draws documents of the source that are indexed.
func (m *Manager) sampleObjects(ctx context.Context, s *source, random *rand.Rand, n int) ([]eyeshot.Object, error) {
	var out []eyeshot.Object
	seen, behind := 0, eyeshot.Object("")
	for {
		lot, err := m.config.State.SampleObjects(ctx, s.config.Tenant, s.config.Name, behind, 1000)
		if err != nil {
			return nil, err
		}
		if len(lot) == 0 {
			return out, nil
		}
		behind = lot[len(lot)-1]
		for _, object := range lot {
			if m.config.Read[object.Type()] == "" {
				continue
			}
			if seen++; len(out) < n {
				out = append(out, object)
			} else if at := random.IntN(seen); at < n {
				out[at] = object
			}
		}
	}
}

// compare asks both about one person.
func (d *Drift) compare(ctx context.Context, oracle connectors.Oracle, in Tenant, read map[string]string, person identities.Identity, objects []eyeshot.Object) error {
	if len(objects) == 0 {
		return nil
	}
	live, err := oracle.VisibleTo(ctx, person.Account.ID, objects)
	if err != nil {
		return fmt.Errorf("ask the source what account %q sees: %w", person.Account.ID, err)
	}
	checks := make([]authz.Check, len(objects))
	for i, object := range objects {
		checks[i] = authz.Check{Subject: eyeshot.Subject(person.Subject), Relation: read[object.Type()], Object: object}
	}
	verdicts, err := in.BatchCheck(ctx, checks, filters.CheckContext(time.Now()))
	if err != nil {
		return err
	}
	d.People++
	for i, object := range objects {
		if verdicts[i].Err != nil {
			return fmt.Errorf("%w: a document could not be checked: %w", eyeshot.ErrUnavailable, verdicts[i].Err)
		}
		d.Asked++
		one := Differs{Account: person.Account.ID, Subject: person.Subject, Object: object}
		switch {
		case verdicts[i].Allowed && !live[object]:
			d.Leaks = append(d.Leaks, one)
		case !verdicts[i].Allowed && live[object]:
			d.Hidden = append(d.Hidden, one)
		}
	}
	return nil
}
