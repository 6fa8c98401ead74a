// Package redmine reads a Redmine: issues, notes and wiki pages, with the
// permissions that Redmine 5 gives them. It needs the API key of an
// administrator; only one sees who may see what.
//
// What Redmine means is kept: groups stay groups, a role of a project is a group
// whose members are the project's members in that role, and a subproject that
// inherits members names its parent's. What each concept becomes is in
// docs/redmine.md. The rules are those of Redmine's own Issue.visible_condition,
// Project.allowed_to_condition and Issue#visible_journals_with_index.
//
// One thing the API does not tell: to which trackers a role's view of issues is
// restricted. It is found by asking Redmine what users see who hold the role
// alone. What can't be found so is closed, and said by [Connector.Probe].
//
// The package only reads. It writes nothing to Redmine and decides nothing
// itself.
package redmine
