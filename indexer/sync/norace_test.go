//go:build !race

package sync_test

// manyPeople is how many are in a large group.
const manyPeople = 100_000
