//go:build race

package storetest

// The sizes with the race detector, under which comparing takes ten times as
// long and finds no race that a few comparisons don't. make test runs the suite
// without it too, at full size.
const (
	recallDocuments = 1_000
	recallQueries   = 3
	bulkDocuments   = 1_000
	oneComparisonIn = 5 // which the four keys take in turn
)

func pageSizes() []int { return []int{2, 64, 601} }
