package corpus

import (
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// accessFile is access.yaml: who may do what. Members and readers are subjects
// in OpenFGA's own words: user:ines, group:staff#member, user:*.
type accessFile struct {
	Roles struct {
		Admins    []string `json:"admins"`
		Auditors  []string `json:"auditors"`
		Ingesters []string `json:"ingesters"`
		Members   []string `json:"members"`
	} `json:"roles"`
	Groups []struct {
		ID      string   `json:"id"`
		Name    string   `json:"name"`
		Members []string `json:"members"`
	} `json:"groups"`
	Projects []struct {
		Key     string   `json:"key"`
		Name    string   `json:"name"`
		Owners  []string `json:"owners"`
		Members []string `json:"members"`
		Viewers []string `json:"viewers"`
	} `json:"projects"`
	Levels []struct {
		ID      string   `json:"id"`
		Name    string   `json:"name"`
		Cleared []string `json:"cleared"`
	} `json:"levels"`
	Folders []struct {
		Path    string   `json:"path"`
		Parent  string   `json:"parent"`  // the path of another folder
		Project string   `json:"project"` // a project's key
		Editors []string `json:"editors"`
		Viewers []string `json:"viewers"`
	} `json:"folders"`
	Delegations []delegationLine `json:"delegations"`
}

type delegationLine struct {
	User      string    `json:"user"`
	Agent     string    `json:"agent"`
	Read      []string  `json:"read"` // objects
	Edit      []string  `json:"edit"`
	ExpiresAt time.Time `json:"expires_at"`
}

// accessBuilder turns an access file into relationships. Its first error stays
// in err, and nothing that it returned counts then.
type accessBuilder struct {
	tickets, documents string // sources
	names              map[eyeshot.Object]string
	out                []eyeshot.Relationship
	err                error
}

func (b *accessBuilder) relationships(tenantName string, access accessFile) []eyeshot.Relationship {
	tenant := b.object("tenant", "", tenantName)
	b.grant(tenant, "admin", access.Roles.Admins...)
	b.grant(tenant, "auditor", access.Roles.Auditors...)
	b.grant(tenant, "ingester", access.Roles.Ingesters...)
	b.grant(tenant, "member", access.Roles.Members...)
	for _, g := range access.Groups {
		b.grant(b.named("group", "", g.ID, g.Name), "member", g.Members...)
	}
	b.projects(tenant, access)
	b.folders(access)
	return b.out
}

func (b *accessBuilder) projects(tenant eyeshot.Object, access accessFile) {
	for _, p := range access.Projects {
		project := b.named("project", b.tickets, p.Key, p.Name)
		b.grant(project, "tenant", string(tenant))
		b.grant(project, "owner", p.Owners...)
		b.grant(project, "member", p.Members...)
		b.grant(project, "viewer", p.Viewers...)
	}
	for _, l := range access.Levels {
		level := b.named("security_level", b.tickets, l.ID, l.Name)
		b.grant(level, "tenant", string(tenant))
		b.grant(level, "cleared", l.Cleared...)
	}
}

func (b *accessBuilder) folders(access accessFile) {
	for _, f := range access.Folders {
		folder := b.object("folder", b.documents, f.Path)
		if f.Parent != "" {
			b.grant(folder, "parent", string(b.object("folder", b.documents, f.Parent)))
		}
		if f.Project != "" {
			b.grant(folder, "project", string(b.object("project", b.tickets, f.Project)))
		}
		b.grant(folder, "editor", f.Editors...)
		b.grant(folder, "viewer", f.Viewers...)
	}
}

func (b *accessBuilder) delegations(lines []delegationLine) []Delegation {
	var out []Delegation
	for _, line := range lines {
		if len(line.Read)+len(line.Edit) == 0 {
			b.fail(eyeshot.Invalid("delegation", line.User+"~"+line.Agent, "must name something to read or edit"))
		}
		out = append(out, Delegation{
			User:      b.object(eyeshot.TypeUser, "", line.User),
			Agent:     b.object("agent", "", line.Agent),
			Read:      b.objects(line.Read),
			Edit:      b.objects(line.Edit),
			ExpiresAt: line.ExpiresAt,
		})
	}
	return out
}

// grant adds one relationship for each subject.
func (b *accessBuilder) grant(object eyeshot.Object, relation string, subjects ...string) {
	for _, s := range subjects {
		r := eyeshot.Relationship{Subject: eyeshot.Subject(s), Relation: relation, Object: object}
		if err := r.Validate(); err != nil {
			b.fail(fmt.Errorf("%s of %s: %w", relation, object, err))
		}
		b.out = append(b.out, r)
	}
}

// object names a thing of a source, or of none where source is "".
func (b *accessBuilder) object(typ, source, id string) eyeshot.Object {
	var object eyeshot.Object
	var err error
	if source == "" {
		object, err = eyeshot.NewGlobalObject(typ, id)
	} else {
		object, err = eyeshot.NewObject(typ, source, id)
	}
	if err != nil {
		b.fail(fmt.Errorf("%s: %w", typ, err))
	}
	return object
}

func (b *accessBuilder) named(typ, source, id, name string) eyeshot.Object {
	object := b.object(typ, source, id)
	if name == "" {
		b.fail(eyeshot.Invalid(typ, id, "must have a name"))
	}
	b.names[object] = name
	return object
}

func (b *accessBuilder) objects(texts []string) []eyeshot.Object {
	out, err := parseObjects(texts)
	if err != nil {
		b.fail(err)
	}
	return out
}

func (b *accessBuilder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}
