// Package fakejira is a fake: it stands in for Jira Cloud where there is none,
// in tests and while trying things out. It is an http.Handler that serves the
// part of the REST API v3 that a reader of Jira needs, over a [World] that a
// test makes up and changes.
//
// What each user sees is decided by rules of its own, in rules.go, written from
// Atlassian's documentation of permission schemes, issue security, project
// roles, comment visibility, application access and archiving. It shares no
// code with the connector that is tested against it, so that a rule which one
// of them gets wrong shows.
//
// A script makes it fail as Jira does: 429 with Retry-After, 500, an expired
// token, answers that are slow, pages that drift. [Validate] holds every
// request and response against Atlassian's OpenAPI document.
//
// It is no Jira: it keeps everything in memory, has no workflow and no web
// pages, and knows as much of JQL as is written in jql.go.
package fakejira
