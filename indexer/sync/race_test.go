//go:build race

package sync_test

// What takes long is less with the race detector; make test runs it all without.
const (
	manyPeople = 5_000 // in a large group
	kills      = 40
)
