package jira

import (
	"github.com/eyeshot-dev/eyeshot"
)

// names are the objects of one source. Jira's own ids may hold anything: what
// is no name for OpenFGA is an error, and closes what would hang on it.
type names struct{ source string }

func (n names) project(key string) (eyeshot.Object, error) {
	return eyeshot.NewObject("project", n.source, key)
}

func (n names) ticket(key string) (eyeshot.Object, error) {
	return eyeshot.NewObject("ticket", n.source, key)
}

// comment is named by its id, which stays when its issue moves to another
// project.
func (n names) comment(id string) (eyeshot.Object, error) {
	return eyeshot.NewObject("comment", n.source, id)
}

func (n names) level(project, level string) (eyeshot.Object, error) {
	return eyeshot.NewObject("security_level", n.source, project+"/"+level)
}

// Groups of Jira, its applications and its project roles are all groups here.
// A first word keeps them apart, whatever they are called.
func (n names) group(id string) (eyeshot.Object, error) {
	return eyeshot.NewObject("group", n.source, "group/"+id)
}

func (n names) application(key string) (eyeshot.Object, error) {
	return eyeshot.NewObject("group", n.source, "application/"+key)
}

func (n names) role(project, role string) (eyeshot.Object, error) {
	return eyeshot.NewObject("group", n.source, "role/"+project+"/"+role)
}

// users is the group of all who may log in to this Jira.
func (n names) users() (eyeshot.Object, error) {
	return eyeshot.NewObject("group", n.source, "users")
}

// Scopes are projects that only stand for somebody: a ticket that its reporter
// may browse hangs on the reporter's scope beside its project, so that its
// security level still counts for the reporter. No key of a project holds '@'.
func (n names) userScope(account string) (eyeshot.Object, error) {
	return eyeshot.NewObject("project", n.source, "@user/"+account)
}

func (n names) groupScope(group string) (eyeshot.Object, error) {
	return eyeshot.NewObject("project", n.source, "@group/"+group)
}

// members is the subject set of a group.
func members(group eyeshot.Object) eyeshot.Subject { return eyeshot.Subject(group + "#member") }

func relation(object eyeshot.Object, name string, subject eyeshot.Subject) eyeshot.Relationship {
	return eyeshot.Relationship{Object: object, Relation: name, Subject: subject}
}

// everybody are the two relationships that say what a document is: one that is
// not restricted any further.
func everybody(object eyeshot.Object, name string) []eyeshot.Relationship {
	return []eyeshot.Relationship{relation(object, name, "user:*"), relation(object, name, "service_account:*")}
}
