package access

import (
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// grantList collects the grants of a file in a fixed order.
type grantList struct {
	grants []grant
	err    error
}

func parseGrants(in raw) ([]grant, error) {
	var g grantList
	g.add(typeTenant, "", "admin", in.Tenant.Admin)
	g.add(typeTenant, "", "auditor", in.Tenant.Auditor)
	g.add(typeTenant, "", "ingester", in.Tenant.Ingester)
	g.add(typeTenant, "", "member", in.Tenant.Member)
	for _, name := range sorted(in.Groups) {
		g.add(typeGroup, name, "member", in.Groups[name])
	}
	for _, name := range sorted(in.Projects) {
		project := in.Projects[name]
		g.toTenant(typeProject, name)
		g.add(typeProject, name, "owner", project.Owner)
		g.add(typeProject, name, "member", project.Member)
		g.add(typeProject, name, "viewer", project.Viewer)
	}
	for _, name := range sorted(in.Levels) {
		g.toTenant(typeLevel, name)
		g.add(typeLevel, name, "cleared", in.Levels[name].Cleared)
	}
	for _, name := range sorted(in.Folders) {
		folder := in.Folders[name]
		if folder.Parent == "" && folder.Project == "" {
			g.toTenant(typeFolder, name)
		}
		g.one(name, "parent", folder.Parent, typeFolder)
		g.one(name, "project", folder.Project, typeProject)
		g.add(typeFolder, name, "editor", folder.Editor)
		g.add(typeFolder, name, "viewer", folder.Viewer)
	}
	return g.grants, g.err
}

func (g *grantList) add(typ, name, relation string, subjects []string) {
	for i, text := range subjects {
		where := fmt.Sprintf("%s %s.%s[%d]", typ, name, relation, i)
		g.put(where, typ, name, relation, text, "")
	}
}

// one adds what a folder stands in: a thing, not its members.
func (g *grantList) one(name, relation, text, standard string) {
	if text != "" {
		g.put("folder "+name+"."+relation, typeFolder, name, relation, text, standard)
	}
}

// toTenant lets the tenant's admins see what is declared, as the permission
// model has it.
func (g *grantList) toTenant(typ, name string) {
	g.grants = append(g.grants, grant{typ: typ, name: name, relation: typeTenant, subject: subjectRule{typ: typeTenant}})
}

func (g *grantList) put(where, typ, name, relation, text, standard string) {
	subject, err := parseSubject(where, text, standard)
	if err == nil && len(subject.name) > 0 {
		if _, fixed := subject.fixed(); !fixed {
			err = eyeshot.Invalid(where, text, "uses a field, which can only be used under documents")
		}
	}
	if err != nil && g.err == nil {
		g.err = err
	}
	g.grants = append(g.grants, grant{typ: typ, name: name, relation: relation, subject: subject})
}
