//go:build !race

package storetest

// The sizes of what takes long.
const (
	recallDocuments = 10_000
	recallQueries   = 20
	bulkDocuments   = 10_000
	oneComparisonIn = 1
)

func pageSizes() []int { return []int{1, 2, 3, 63, 64, 65, 299, 600, 601} }
