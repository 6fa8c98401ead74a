package access

import (
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

const (
	typeUser    = "user"
	typeService = "service_account"
	typeGroup   = "group"
	typeTenant  = "tenant"
	typeProject = "project"
	typeLevel   = "security_level"
	typeFolder  = "folder"
	typeTicket  = "ticket"
)

// ofSource are the types whose ids begin with the source's name, so that the
// project PAY of one source is not the project PAY of another.
func ofSource(typ string) bool {
	switch typ {
	case typeProject, typeLevel, typeFolder, typeTicket:
		return true
	}
	return false
}

// subjectRule is a subject as an access file writes it: "user:alice",
// "user:*", "group:eng", "project:PAY#member", "tenant". Its name may be a
// template; its type and relation may not.
//
// SECURITY: what comes out of a document's field is only ever a name within a
// type that the file states. A field that holds "*" or "x#member" names an
// object of that odd name, never everybody and never a subject set.
type subjectRule struct {
	typ      string
	name     template
	relation string // of a subject set, or ""
	wildcard bool
}

// parseSubject reads a subject; standard is the type of a name without one, or
// "" where there has to be one.
func parseSubject(where, text, standard string) (subjectRule, error) {
	if standard == typeTenant {
		return tenantItself(where, text)
	}
	if base, relation, _ := strings.Cut(text, "#"); base == typeTenant && standard == "" {
		return tenantSubject(where, text, relation)
	}
	typ, name, found := strings.Cut(text, ":")
	if !found || !isSubjectType(typ) {
		if standard == "" {
			return subjectRule{}, eyeshot.Invalid(where, text, `must be "type:name" of type user, service_account, group, project, level, folder or ticket, or "tenant"`)
		}
		typ, name = standard, text
	}
	if typ == "level" {
		typ = typeLevel
	}
	if name == "*" {
		return subjectRule{typ: typ, wildcard: true}, nil
	}
	out := subjectRule{typ: typ}
	name, out.relation = cutRelation(typ, name)
	if standard != "" && out.relation != "" {
		return subjectRule{}, eyeshot.Invalid(where, text, "names a thing and takes no '#'")
	}
	var err error
	out.name, err = parseTemplate(where, name)
	if err == nil && len(out.name) == 0 {
		err = eyeshot.Invalid(where, text, "has no name behind its type")
	}
	return out, err
}

// tenantItself is what stands on the relation "tenant": the thing that admins
// reach a document through, not the people in it.
func tenantItself(where, text string) (subjectRule, error) {
	if text != typeTenant {
		return subjectRule{}, eyeshot.Invalid(where, text, `must be "tenant": a document belongs to the tenant that it is ingested into`)
	}
	return subjectRule{typ: typeTenant}, nil
}

func tenantSubject(where, text, relation string) (subjectRule, error) {
	if relation == "" {
		relation = "member"
	}
	if strings.ContainsAny(relation, "{}") {
		return subjectRule{}, eyeshot.Invalid(where, text, "can't take its relation from a field")
	}
	return subjectRule{typ: typeTenant, relation: relation}, nil
}

func isSubjectType(typ string) bool {
	switch typ {
	case typeUser, typeService, typeGroup, typeProject, typeLevel, "level", typeFolder, typeTicket:
		return true
	}
	return false
}

// cutRelation takes the relation of a subject set off a name. Users and service
// accounts have none: in their names '#' is a character like any other. A group
// stands for its members.
func cutRelation(typ, name string) (rest, relation string) {
	if typ == typeUser || typ == typeService {
		return name, ""
	}
	if i := strings.LastIndexByte(name, '#'); i >= 0 && !strings.Contains(name[i:], "}}") {
		return name[:i], name[i+1:]
	}
	if typ == typeGroup {
		return name, "member"
	}
	return name, ""
}

// fixed returns the name of a subject without fields.
func (s subjectRule) fixed() (string, bool) {
	if len(s.name) == 1 && s.name[0].field == "" {
		return s.name[0].literal, true
	}
	return "", false
}

// place is where names stand: a tenant and a source.
type place struct{ tenant, source string }

func (p place) object(typ, name string) (eyeshot.Object, error) {
	if ofSource(typ) {
		return eyeshot.NewObject(typ, p.source, name)
	}
	return eyeshot.NewGlobalObject(typ, name)
}

// subjects resolves the rule; known is asked about each name.
func (s subjectRule) subjects(p place, get fields, known func(typ, name string) error) ([]eyeshot.Subject, error) {
	if s.wildcard {
		return []eyeshot.Subject{eyeshot.Subject(s.typ + ":*")}, nil
	}
	names := []string{p.tenant}
	if s.typ != typeTenant {
		var err error
		if names, err = s.name.expand(get); err != nil {
			return nil, err
		}
	}
	out := make([]eyeshot.Subject, 0, len(names))
	for _, name := range names {
		if err := known(s.typ, name); err != nil {
			return nil, err
		}
		object, err := p.object(s.typ, name)
		if err != nil {
			return nil, err
		}
		subject := eyeshot.Subject(object)
		if s.relation != "" {
			subject += eyeshot.Subject("#" + s.relation)
		}
		out = append(out, subject)
	}
	return out, nil
}
