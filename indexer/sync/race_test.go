//go:build race

package sync_test

// manyPeople are fewer with the race detector, under which SQLite takes twenty
// times as long.
const manyPeople = 5_000
