package jira_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

// small is a site with three projects, of which one is archived, and a few
// issues with comments.
func small() *fakejira.World {
	w := random(3, 1)
	w.Users, w.Issues = w.Users[:6], nil
	w.Projects = []*fakejira.Project{w.Projects[0], w.Projects[1], w.Projects[5]}
	w.Groups = w.Groups[:4]
	w.SecuritySchemes[0].Levels[0].Members = []fakejira.Holder{{Kind: fakejira.GroupHolder, Value: w.Admins}}
	for n := range 6 {
		p := w.Projects[n%3]
		at := w.Now.Add(-time.Hour)
		i := &fakejira.Issue{ID: int64(20000 + n), Key: fmt.Sprintf("%s-%d", p.Key, n+1), Project: p.ID, Summary: fmt.Sprint("Issue ", n), Description: fakejira.Paragraph("Text."), Created: at, Updated: at, Values: map[string][]string{}}
		i.Comments = []*fakejira.Comment{{ID: int64(30000 + n), Body: fakejira.Paragraph("Said."), Created: at, Updated: at}}
		w.Issues = append(w.Issues, i)
	}
	return w
}

// worldOf describes a fake to the contract's checks.
func worldOf(t *testing.T) connectortest.World {
	// Pages of two, so that readings have several.
	s := serve(t, small(), fakejira.Options{PageSize: 2})
	change := func(do func(*fakejira.World) eyeshot.Object) func() (eyeshot.Object, error) {
		return func() (object eyeshot.Object, _ error) {
			s.Change(func(w *fakejira.World) { w.Now = w.Now.Add(time.Minute); object = do(w) })
			return object, nil
		}
	}
	added := 0
	return connectortest.World{
		Name: "jira",
		Open: func() (connectors.Connector, error) { return connect(t, s.config()), nil },
		Change: change(func(w *fakejira.World) eyeshot.Object {
			w.Issues[0].Summary, w.Issues[0].Updated = "Changed "+w.Now.String(), w.Now
			return eyeshot.Object("ticket:jira/" + w.Issues[0].Key)
		}),
		Add: change(func(w *fakejira.World) eyeshot.Object {
			added++
			i := *w.Issues[0]
			i.ID, i.Key, i.Comments, i.Updated = int64(25000+added), fmt.Sprint("PAY-", 500+added), nil, w.Now
			w.Issues = append(w.Issues, &i)
			return eyeshot.Object("ticket:jira/" + i.Key)
		}),
		Delete: change(func(w *fakejira.World) eyeshot.Object {
			gone := w.Issues[1]
			w.Issues = slices.Delete(w.Issues, 1, 2)
			return eyeshot.Object("ticket:jira/" + gone.Key)
		}),
		Permit: change(func(w *fakejira.World) eyeshot.Object {
			w.Issues[0].Level = w.Security(w.Projects[0].SecurityScheme).Levels[0].ID
			return eyeshot.Object("ticket:jira/" + w.Issues[0].Key)
		}),
		Spoil: change(func(w *fakejira.World) eyeshot.Object {
			w.Issues[0].Description, w.Issues[0].Updated = json.RawMessage(`[1]`), w.Now
			return eyeshot.Object("ticket:jira/" + w.Issues[0].Key)
		}),
		Break:  func(n int, how connectortest.Fault) { breakAt(s, n, how) },
		Heal:   func() { s.Heal() },
		Faults: []connectortest.Fault{connectortest.Failing, connectortest.Truncated, connectortest.Drift},
	}
}

func breakAt(s *site, n int, how connectortest.Fault) {
	fault := fakejira.Fault{Skip: n - 1, Every: 1}
	switch how {
	case connectortest.Failing:
		fault.Status = http.StatusInternalServerError
	case connectortest.Truncated:
		fault.Truncates = true
	case connectortest.Drift:
		fault.Drifts = true
	}
	s.Inject(fault)
}

func TestTheConnectorKeepsTheContract(t *testing.T) { connectortest.Run(t, worldOf) }

func TestACheckpointOfAnotherVersionIsRefused(t *testing.T) {
	c := connect(t, serve(t, small(), fakejira.Options{}).config())
	for _, text := range []string{`{"v":2,"at":"2026-01-01T00:00:00Z"}`, `{"v":1}`, `[]`} {
		require.ErrorIs(t, connectortest.Read(c.Changes(t.Context(), text), -1).Err, connectors.ErrCheckpoint)
	}
}
