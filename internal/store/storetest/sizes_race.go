//go:build race

package storetest

// The sizes with the race detector, under which comparing takes ten times as
// long and finds no race that a few comparisons don't. make test runs the suite
// without it too, at full size.
const (
	recallDocuments = 2_000
	recallQueries   = 5
	bulkDocuments   = 2_000
	oneComparisonIn = 5 // which the four keys take in turn
)
