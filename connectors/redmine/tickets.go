package redmine

import (
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// writer turns what Redmine tells into items, with the permissions of a roster.
type writer struct {
	*roster
	names  names
	config Config
	base   string // of addresses for people
	scopes map[scopeKey]scopeFacts
}

// scopeFacts is what the issues of a tracker in a project have in common.
type scopeFacts struct {
	scope     string
	everybody bool
}

type scopeKey struct{ project, tracker int }

// factsOf remembers: there are many issues, and few scopes.
func (w *writer) factsOf(p *project, tracker int) scopeFacts {
	key := scopeKey{p.ID, tracker}
	found, known := w.scopes[key]
	if !known {
		found = scopeFacts{w.scope(p, tracker), w.everybody(p, tracker)}
		w.scopes[key] = found
	}
	return found
}

// ticketAccess are the relationships of an issue. It fails where one can't say.
//
// An issue is seen by whoever may see issues of its scope at all AND is cleared:
// by its level, or by name as its author or assignee. So Redmine's three
// visibilities of a role are: in the level of private issues too; in that of
// the others; in neither.
func (w *writer) ticketAccess(issue *apiIssue) ([]eyeshot.Relationship, error) {
	p, err := w.projectOf(issue)
	if err != nil {
		return nil, err
	}
	// SECURITY: what does not say that it is public is not.
	if issue.IsPrivate == nil {
		return nil, fmt.Errorf("%w: Redmine does not say whether issue %d is private", eyeshot.ErrInvalid, issue.ID)
	}
	ticket, in, private := w.names.ticket(issue.ID), w.factsOf(p, issue.Tracker.ID), *issue.IsPrivate
	out := []eyeshot.Relationship{
		relate(ticket, "project", eyeshot.Subject(w.names.project(p.Identifier))),
		relate(ticket, "project", eyeshot.Subject(w.names.issues(p.Identifier, in.scope))),
	}
	// SECURITY: open is for everybody who may see any issue here; those who see
	// only their own are why everybody is asked first.
	if !private && in.everybody {
		out = append(out, relate(ticket, "open", "user:*"), relate(ticket, "open", "service_account:*"))
	} else {
		out = append(out, relate(ticket, "level", eyeshot.Subject(w.names.level(p.Identifier, in.scope, private))))
	}
	named := map[eyeshot.Subject]bool{}
	for _, who := range []*ref{issue.Author, issue.AssignedTo} {
		if subject, ok := w.person(who); ok && !named[subject] {
			named[subject] = true
			out = append(out, relate(ticket, "cleared", subject))
		}
	}
	return out, nil
}

// projectOf returns the project of an issue.
func (w *writer) projectOf(issue *apiIssue) (*project, error) {
	if issue.Project == nil || issue.Tracker == nil {
		return nil, fmt.Errorf("%w: issue %d has no project or no tracker", eyeshot.ErrInvalid, issue.ID)
	}
	p := w.byProject[issue.Project.ID]
	if p == nil {
		return nil, fmt.Errorf("%w: issue %d is in project %d, which Redmine does not list", eyeshot.ErrInvalid, issue.ID, issue.Project.ID)
	}
	return p, nil
}

// person is the subject of an author or assignee: an account, or a group.
func (w *writer) person(who *ref) (eyeshot.Subject, bool) {
	if who == nil {
		return "", false
	}
	if _, group := w.groups[who.ID]; group {
		return members(w.names.group(who.ID)), true
	}
	return w.subject(who.ID)
}

// noteAccess are the relationships of a note: those who read its issue read it,
// unless it is private.
func (w *writer) noteAccess(issue *apiIssue, n noteFacts) ([]eyeshot.Relationship, error) {
	p, err := w.projectOf(issue)
	if err != nil {
		return nil, err
	}
	note := w.names.note(issue.ID, n.id)
	out := []eyeshot.Relationship{relate(note, "ticket", eyeshot.Subject(w.names.ticket(issue.ID)))}
	if !n.private {
		return append(out, relate(note, "everyone", "user:*"), relate(note, "everyone", "service_account:*")), nil
	}
	out = append(out, relate(note, "audience", members(w.names.privateNotes(p.Identifier))))
	if author, ok := w.subject(n.author); ok {
		out = append(out, relate(note, "audience", author))
	}
	return out, nil
}

// accessOnly is the item of a document whose content is as it was.
func accessOnly(object eyeshot.Object, access []eyeshot.Relationship, err error) connectors.Item {
	if err != nil {
		return refused(object, err)
	}
	return connectors.Item{Document: eyeshot.Document{Object: object, Relationships: access}, AccessOnly: true}
}

func refused(object eyeshot.Object, err error) connectors.Item {
	return connectors.Item{Document: eyeshot.Document{Object: object}, Refused: connectors.Refuse(connectors.Unreadable, err)}
}
