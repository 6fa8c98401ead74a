package jira_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/jira"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

// proof compares what the fake Jira shows each user with what Eyeshot lets each
// user read.
type proof struct {
	*stack
	site      *site
	connector *jira.Connector
	rng       *rand.Rand
	log       []string // the last changes, for whoever has to find out
	pairs     int      // (user, document) compared
	shown     int      // of them, visible
	faults    int
	retries   int
}

// subjects are who the accounts of Jira are here.
func (p *proof) subjects() map[string]eyeshot.Subject {
	out := map[string]eyeshot.Subject{}
	for identity, err := range connect(p.t, p.site.config()).Identities(p.t.Context()) {
		require.NoError(p.t, err)
		out[identity.Account.ID] = eyeshot.Subject(identity.Subject)
	}
	return out
}

// homes are the tickets of comments, as they are named now.
func (p *proof) homes() map[eyeshot.Object]eyeshot.Object {
	out := map[eyeshot.Object]eyeshot.Object{}
	p.site.Look(func(w *fakejira.World) {
		for _, i := range w.Issues {
			for _, c := range i.Comments {
				out[eyeshot.Object(fmt.Sprint("comment:jira/", c.ID))] = eyeshot.Object("ticket:jira/" + i.Key)
			}
		}
	})
	return out
}

// compare holds every user against every document that is indexed; where all is
// true Jira must show none that is not indexed. Where it is not, a comment whose
// issue has a new name waits for the next reading of content, and is closed.
func (p *proof) compare(all bool) {
	p.t.Helper()
	indexed, subjects, homes := p.indexed(), p.subjects(), p.homes()
	var users []*fakejira.User
	p.site.Look(func(w *fakejira.World) { users = slices.Clone(w.Users) })
	// One user is asked about some documents by themselves, too.
	sampled, asked := p.rng.IntN(len(users)), slices.Clone(indexed)
	p.rng.Shuffle(len(asked), func(a, b int) { asked[a], asked[b] = asked[b], asked[a] })
	asked = asked[:min(len(asked), 50)]
	for n, user := range users {
		want, got := p.site.visible(p.t, user), p.readable(subjects[user.ID])
		if n == sampled {
			checked := p.checked(subjects[user.ID], asked)
			for _, object := range asked {
				require.Equal(p.t, checked[object], got[object], "%s as %s", object, user.ID)
			}
		}
		for _, object := range indexed {
			p.pairs++
			if want[object] {
				p.shown++
			}
			// The Reader sees everything: what it does not see is gone.
			require.True(p.t, user.ID != fakejira.Reader || want[object], "%s is indexed and gone, after %q", object, p.log)
			waits := !all && homes[object] != "" && !slices.Contains(indexed, homes[object])
			if want[object] != got[object] && !(waits && want[object]) {
				p.t.Fatalf("%s as %s: Jira shows it: %t, Eyeshot: %t, after %q", object, user.ID, want[object], got[object], p.log)
			}
			delete(want, object)
			delete(got, object)
		}
		require.Empty(p.t, got, "%s may read what is not indexed, after %q", user.ID, p.log)
		if all && len(want) > 0 {
			p.t.Fatalf("Jira shows %s what is not indexed: %v, after %q", user.ID, want, p.log)
		}
	}
}

// bad is a script of faults that never ends.
func bad() []fakejira.Fault {
	return []fakejira.Fault{
		{Skip: 3, Every: 11, Status: http.StatusTooManyRequests, RetryAfter: "7"},
		{Skip: 5, Every: 13, Status: http.StatusInternalServerError},
		{Skip: 6, Every: 29, Status: http.StatusUnauthorized},
		{Skip: 8, Every: 31, HangUp: true},
		{Skip: 9, Every: 37, Status: http.StatusServiceUnavailable, Text: "<html>maintenance</html>"},
		{Skip: 10, Every: 41, Delay: time.Millisecond},
	}
}

// syncThrough syncs while the source fails, until it succeeds.
func (p *proof) syncThrough(mode sync.Mode) sync.Report {
	p.t.Helper()
	p.site.Inject(bad()...)
	defer func() { p.faults = p.site.Heal() }()
	var last error
	for range 5 {
		var report sync.Report
		if report, last = p.try(p.connector, mode); last == nil {
			return report
		}
		p.retries++
	}
	require.NoError(p.t, last)
	return sync.Report{}
}

func (p *proof) mutate(times int) {
	p.site.Change(func(w *fakejira.World) {
		p.log = nil
		for range times {
			p.log = append(p.log, w.Mutate(p.rng))
		}
	})
}

func newProof(t testing.TB, seed uint64) *proof {
	s := serve(t, random(seed, 48), fakejira.Options{})
	return &proof{stack: openStack(t), site: s, connector: connect(t, s.config()), rng: rand.New(rand.NewPCG(seed, 99))}
}

func TestEyeshotLetsEachUserReadWhatJiraShowsThem(t *testing.T) {
	p := newProof(t, 11)
	first := p.syncThrough(sync.Full)
	require.Zero(t, first.Unreadable)
	p.compare(true)
	for round := range rounds {
		p.mutate(10)
		report := p.syncThrough(sync.Permissions)
		require.Zero(t, report.Embedded, "a refresh of permissions embeds nothing")
		p.compare(false)
		p.syncThrough(sync.Content)
		if round%5 == 4 || round == rounds-1 {
			p.compare(true)
		}
	}
	t.Logf("%d users × documents compared, %d of them visible; %d faults struck, %d syncs had to be run again", p.pairs, p.shown, p.faults, p.retries)
}
