package redmine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

// Identities lists Redmine's accounts with who each is. It implements
// [connectors.Directory].
func (c *Connector) Identities(ctx context.Context) iter.Seq2[identities.Identity, error] {
	return func(yield func(identities.Identity, error) bool) {
		directory, err := c.config.Identities.Resolve(ctx, c.config.Source, c.accountsOf(ctx, func(apiUser) {}, active, 2, 3))
		if err != nil {
			yield(identities.Identity{}, err)
			return
		}
		for identity := range directory.All() {
			if !yield(identity, nil) {
				return
			}
		}
	}
}

// VisibleTo asks Redmine as an account, by its id, what it sees. It implements
// [connectors.Oracle]. Each issue, and each page, is a request.
func (c *Connector) VisibleTo(ctx context.Context, account string, objects []eyeshot.Object) (map[eyeshot.Object]bool, error) {
	var answer struct {
		User apiUser `json:"user"`
	}
	if err := c.get(ctx, "", "/users/"+url.PathEscape(account)+".json", nil, &answer); err != nil {
		return nil, fmt.Errorf("read account %s: %w", account, err)
	}
	o := oracle{Connector: c, login: answer.User.Login, issues: map[int]*apiIssue{}}
	visible := map[eyeshot.Object]bool{}
	for _, object := range objects {
		sees, err := o.sees(ctx, object)
		if httpsource.Status(err) == http.StatusPreconditionFailed {
			return map[eyeshot.Object]bool{}, nil // who is locked sees nothing
		}
		if err != nil {
			return nil, fmt.Errorf("ask about %s as account %s: %w", object, account, err)
		}
		if sees {
			visible[object] = true
		}
	}
	return visible, nil
}

// oracle remembers the issues that it has read: each has several notes.
type oracle struct {
	*Connector
	login  string
	issues map[int]*apiIssue // nil: not to be seen
}

func (o *oracle) sees(ctx context.Context, object eyeshot.Object) (bool, error) {
	local := object.Local()
	switch object.Type() {
	case "ticket":
		issue, err := o.issue(ctx, local)
		return issue != nil, err
	case "comment":
		number, note, _ := strings.Cut(local, "/note-")
		issue, err := o.issue(ctx, number)
		if issue == nil || err != nil {
			return false, err
		}
		for _, n := range facts(issue) {
			if strconv.Itoa(n.id) == note {
				return true, nil
			}
		}
		return false, nil
	case "document":
		project, title, _ := strings.Cut(local, "/wiki/")
		return answered(o.get(ctx, o.login, "/projects/"+url.PathEscape(project)+"/wiki/"+url.PathEscape(title)+".json", nil, nil))
	}
	return false, nil
}

func (o *oracle) issue(ctx context.Context, number string) (*apiIssue, error) {
	id, err := strconv.Atoi(number)
	if err != nil {
		return nil, nil
	}
	if issue, known := o.issues[id]; known {
		return issue, nil
	}
	issue, err := o.detail(ctx, o.login, id)
	sees, err := answered(err)
	if err != nil {
		return nil, err
	}
	if !sees {
		issue = nil
	}
	o.issues[id] = issue
	return issue, nil
}

// answered reads an answer: what may not be seen is forbidden or not found.
func answered(err error) (bool, error) {
	if errors.Is(err, eyeshot.ErrForbidden) || errors.Is(err, eyeshot.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
