// Package jira reads Jira: issues and comments with who may see them, as
// Atlassian's permission schemes, issue security, project roles, groups and
// comment visibility have it. docs/jira.md says what each concept of Jira
// becomes, which account it asks with, and what it cannot see.
//
// Nothing is flattened to users: a group of Jira is a group, a project role in
// a project is a group of its own that holds groups and accounts, a project is
// a project, a security level in a project is a security_level. One removed
// membership is one relationship less.
//
// It only ever reads. It decides nothing: what it tells is held by OpenFGA.
package jira
