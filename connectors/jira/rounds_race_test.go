//go:build race

package jira_test

// rounds is how often ten changes are made and compared: with the race detector
// each takes ten times as long. make test makes twenty without it too.
const rounds = 6
