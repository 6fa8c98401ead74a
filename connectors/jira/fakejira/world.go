package fakejira

import (
	"encoding/json"
	"slices"
	"time"
)

// World is all that a Jira site holds. It is plain data: a test fills it in,
// and changes it inside [Server.Change]. Ids are Jira's, unique by kind.
type World struct {
	Users           []*User
	Groups          []*Group
	Applications    []*Application
	Roles           []*Role
	Fields          []*Field
	Projects        []*Project
	Permissions     []*PermissionScheme
	SecuritySchemes []*SecurityScheme
	Issues          []*Issue
	// Admins is the id of the group whose members have the global permissions
	// "Administer Jira" and "Browse users and groups".
	Admins string
	// Now is what time it is there.
	Now time.Time
}

// User is an Atlassian account.
type User struct {
	ID, Name, Email string
	Kind            string // "atlassian", "app" or "customer", as accountType has it
	Active          bool
	HidesEmail      bool   // by the account's profile visibility
	Token           string // an API token: with Email for basic authentication, or alone as a bearer
}

// Group is a group of accounts. Groups of Jira don't nest.
type Group struct {
	ID, Name string
	Members  []string
}

// Application is an application role: who is in one of its groups may log in.
type Application struct {
	Key, Name string
	Groups    []string
}

// Role is a project role, which every project fills in by itself.
type Role struct {
	ID   int64
	Name string
}

// Field is a custom field that holds users or groups.
type Field struct {
	ID, Name string
	Groups   bool // holds groups, else users
	Many     bool
}

// Project is a project with its actors of each role.
type Project struct {
	ID             int64
	Key, Name      string
	Lead           string
	Kind           string // "software", "service_desk" or "business"
	TeamManaged    bool
	Archived       bool
	PermissionsID  int64
	SecurityScheme int64 // 0: none
	Actors         map[int64]*Actors
}

// Actors are who has a role in a project.
type Actors struct{ Users, Groups []string }

// Holder is who holds a grant, or belongs to a security level. Value is the id
// of a user, group, role, field or application, where Kind has one.
type Holder struct{ Kind, Value string }

// The kinds of holder, as the REST API spells them.
const (
	Anyone      = "anyone"
	AppAccess   = "applicationRole" // without a value: whoever is logged in
	Assignee    = "assignee"
	GroupHolder = "group"
	GroupField  = "groupCustomField"
	Lead        = "projectLead"
	RoleHolder  = "projectRole"
	Reporter    = "reporter"
	Portal      = "sd.customer.portal.only"
	UserHolder  = "user"
	UserField   = "userCustomField"
)

// PermissionScheme says who holds which permission.
type PermissionScheme struct {
	ID     int64
	Name   string
	Grants []Grant
}

// Grant gives a permission to a holder.
type Grant struct {
	ID         int64
	Permission string
	Holder     Holder
}

// Browse is the permission that reading hangs on.
const Browse = "BROWSE_PROJECTS"

// SecurityScheme is an issue security scheme.
type SecurityScheme struct {
	ID     int64
	Name   string
	Levels []*Level
}

// Level is a security level with its members.
type Level struct {
	ID      int64
	Name    string
	Members []Holder
}

// Issue is an issue with its comments.
type Issue struct {
	ID                 int64
	Key                string
	Project            int64
	Summary            string
	Description        json.RawMessage // in Atlassian's document format; nil: none
	Kind, Status       string
	Labels             []string
	Reporter, Assignee string
	Level              int64 // 0: none
	Values             map[string][]string
	RestrictedTo       []int64 // team-managed projects: the roles that may see it
	Created, Updated   time.Time
	FormerKeys         []string
	Comments           []*Comment
}

// Comment is a comment on an issue.
type Comment struct {
	ID               int64
	Author           string
	Body             json.RawMessage
	Created, Updated time.Time
	Group            string // id of the group that it is for; "": all
	Role             int64  // id of the role that it is for; 0: all
	Internal         bool   // not shown in the service desk's portal
}

func find[T any](all []T, is func(T) bool) (found T) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return found
}

// User returns the account with an id, or nil.
func (w *World) User(id string) *User { return find(w.Users, func(u *User) bool { return u.ID == id }) }

// Group returns the group with an id, or nil.
func (w *World) Group(id string) *Group {
	return find(w.Groups, func(g *Group) bool { return g.ID == id })
}

// Role returns the role with an id, or nil.
func (w *World) Role(id int64) *Role { return find(w.Roles, func(r *Role) bool { return r.ID == id }) }

// Project returns the project with an id, or nil.
func (w *World) Project(id int64) *Project {
	return find(w.Projects, func(p *Project) bool { return p.ID == id })
}

// Scheme returns the permission scheme with an id, or nil.
func (w *World) Scheme(id int64) *PermissionScheme {
	return find(w.Permissions, func(s *PermissionScheme) bool { return s.ID == id })
}

// Security returns the security scheme with an id, or nil.
func (w *World) Security(id int64) *SecurityScheme {
	return find(w.SecuritySchemes, func(s *SecurityScheme) bool { return s.ID == id })
}

// Level returns a level of a scheme, or nil.
func (s *SecurityScheme) Level(id int64) *Level {
	if s == nil {
		return nil
	}
	return find(s.Levels, func(l *Level) bool { return l.ID == id })
}
