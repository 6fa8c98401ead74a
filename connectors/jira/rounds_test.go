//go:build !race

package jira_test

// rounds is how often ten changes are made and compared.
const rounds = 20
