package redmine

import (
	"strconv"

	"github.com/eyeshot-dev/eyeshot"
)

// names builds the objects of a source. A project is named by its identifier,
// which Redmine never lets change; all else by its number.
type names struct{ source string }

// object builds a name whose parts are known to be good: an identifier of a
// project, numbers and words of this package. Titles of wiki pages are not.
func (n names) object(typ, local string) eyeshot.Object {
	object, err := eyeshot.NewObject(typ, n.source, local)
	if err != nil {
		return "" // which is refused by whoever takes it
	}
	return object
}

func (n names) group(id int) eyeshot.Object  { return n.object("group", "group-"+strconv.Itoa(id)) }
func (n names) accounts() eyeshot.Object     { return n.object("group", "accounts") }
func (n names) admins() eyeshot.Object       { return n.object("group", "admins") }
func (n names) bucket(id int) eyeshot.Object { return n.object("group", "accounts/"+strconv.Itoa(id)) }
func (n names) role(project string, role int) eyeshot.Object {
	return n.object("group", project+"/role-"+strconv.Itoa(role))
}
func (n names) roles(project, key string) eyeshot.Object {
	return n.object("group", project+"/roles-"+key)
}
func (n names) others(project string) eyeshot.Object { return n.object("group", project+"/others") }
func (n names) privateNotes(project string) eyeshot.Object {
	return n.object("group", project+"/private-notes")
}

// project is what all of a project's documents belong to; nobody browses by it,
// but a delegation, a task or a tenant's admin reaches everything through it.
func (n names) project(project string) eyeshot.Object { return n.object("project", project) }

// issues is who may see any issue of a scope: at least their own.
func (n names) issues(project, scope string) eyeshot.Object {
	return n.object("project", project+"/"+scope)
}

// level is who may see the issues of a scope that others wrote.
func (n names) level(project, scope string, private bool) eyeshot.Object {
	level := "/public"
	if private {
		level = "/private"
	}
	return n.object("security_level", project+"/"+scope+level)
}

func (n names) wiki(project string) eyeshot.Object { return n.object("folder", project+"/wiki") }
func (n names) ticket(id int) eyeshot.Object       { return n.object("ticket", strconv.Itoa(id)) }
func (n names) note(issue, journal int) eyeshot.Object {
	return n.object("comment", strconv.Itoa(issue)+"/note-"+strconv.Itoa(journal))
}
func (n names) page(project, title string) (eyeshot.Object, error) {
	return eyeshot.NewObject("document", n.source, project+"/wiki/"+title)
}

// members is the subject set of a group.
func members(group eyeshot.Object) eyeshot.Subject { return eyeshot.Subject(group) + "#member" }

func relate(object eyeshot.Object, relation string, subject eyeshot.Subject) eyeshot.Relationship {
	return eyeshot.Relationship{Object: object, Relation: relation, Subject: subject}
}
