//go:build !race

package sync_test

const (
	manyPeople = 100_000 // in a large group
	kills      = 200
)
