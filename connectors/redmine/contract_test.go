package redmine_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
	"github.com/eyeshot-dev/eyeshot/connectors/redmine"
	"github.com/eyeshot-dev/eyeshot/connectors/redmine/redminetest"
)

func TestTheConnectorKeepsTheContract(t *testing.T) {
	server := redminetest.Start(t)
	connectortest.Run(t, func(t *testing.T) connectortest.World { return worldOf(t, server) })
}

// emptyScript takes away what another test has left.
const emptyScript = `
Project.all.select(&:root?).each(&:destroy)
User.where.not(login: 'admin').where(type: 'User').destroy_all
Group.givable.destroy_all
Setting.issue_group_assignment = '1'
nil`

// worldOf is a small Redmine: a project with issues, notes and a wiki, a group
// and some people.
func worldOf(t *testing.T, server *redminetest.Server) connectortest.World {
	server.Script(t, nil, emptyScript)
	w := &small{Server: server, t: t, line: newLine()}
	w.fill()
	return connectortest.World{
		Name: "redmine",
		Open: func() (connectors.Connector, error) {
			return redmine.New(redmine.Config{Source: "redmine", URL: server.URL, Key: server.Key, Identities: identities.Rules{Attribute: "login"},
				Transport: w.line, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
		},
		Change: func() (eyeshot.Object, error) {
			w.changes++
			return w.put(0, map[string]any{"description": fmt.Sprintf("Changed %d times.", w.changes)})()
		},
		Add: func() (eyeshot.Object, error) {
			defer w.line.forget()
			return w.issue("An added one"), nil
		},
		Delete: func() (eyeshot.Object, error) {
			defer w.line.forget()
			_, err := w.Do(http.MethodDelete, w.path(1), "", nil, nil)
			return w.object(1), err
		},
		Permit: w.put(2, map[string]any{"is_private": true}),
		Spoil:  func() (eyeshot.Object, error) { w.line.spoil(w.issues[3]); return w.object(3), nil },
		Break:  w.line.breakAt, Heal: w.line.heal,
		Faults: []connectortest.Fault{connectortest.Failing, connectortest.Truncated, connectortest.Drift},
	}
}

type small struct {
	*redminetest.Server
	t       *testing.T
	line    *line
	issues  []int
	changes int
}

func (w *small) fill() {
	var ids []int
	for _, login := range []string{"ana", "ben", "cleo"} {
		var made struct{ User struct{ ID int } }
		w.Call(w.t, http.MethodPost, "/users.json", map[string]any{"user": map[string]any{"login": login, "firstname": login, "lastname": "X", "mail": login + "@example.org", "password": "secret-word"}}, &made)
		ids = append(ids, made.User.ID)
	}
	var group struct{ Group struct{ ID int } }
	w.Call(w.t, http.MethodPost, "/groups.json", map[string]any{"group": map[string]any{"name": "Team", "user_ids": ids[:2]}}, &group)
	w.Call(w.t, http.MethodPost, "/projects.json", map[string]any{"project": map[string]any{"name": "Pay", "identifier": "pay", "is_public": false,
		"enabled_module_names": []string{"issue_tracking", "wiki"}, "tracker_ids": []int{1, 2}}}, nil)
	for _, member := range []int{group.Group.ID, ids[2]} {
		w.Call(w.t, http.MethodPost, "/projects/pay/memberships.json", map[string]any{"membership": map[string]any{"user_id": member, "role_ids": []int{w.role()}}}, nil)
	}
	for i := range 4 {
		w.issue(fmt.Sprint("Issue ", i))
		w.Call(w.t, http.MethodPut, w.path(i), map[string]any{"issue": map[string]any{"notes": "A note.", "private_notes": i%2 == 0}}, nil)
	}
	for _, title := range []string{"Wiki", "On_call"} {
		w.Call(w.t, http.MethodPut, "/projects/pay/wiki/"+title+".json", map[string]any{"wiki_page": map[string]any{"text": "How it works."}}, nil)
	}
}

// role is one that members may have.
func (w *small) role() int {
	var listed struct{ Roles []struct{ ID int } }
	w.Call(w.t, http.MethodGet, "/roles.json", nil, &listed)
	return listed.Roles[0].ID
}

func (w *small) issue(subject string) eyeshot.Object {
	var made struct{ Issue struct{ ID int } }
	w.Call(w.t, http.MethodPost, "/issues.json", map[string]any{"issue": map[string]any{"project_id": "pay", "tracker_id": 1, "subject": subject, "description": "It fails."}}, &made)
	w.issues = append(w.issues, made.Issue.ID)
	return w.object(len(w.issues) - 1)
}

func (w *small) path(n int) string { return fmt.Sprintf("/issues/%d.json", w.issues[n]) }

func (w *small) object(n int) eyeshot.Object {
	return object(w.t, "ticket", strconv.Itoa(w.issues[n]))
}

func (w *small) put(n int, change map[string]any) func() (eyeshot.Object, error) {
	return func() (eyeshot.Object, error) {
		defer w.line.forget()
		_, err := w.Do(http.MethodPut, w.path(n), "", map[string]any{"issue": change}, nil)
		return w.object(n), err
	}
}
