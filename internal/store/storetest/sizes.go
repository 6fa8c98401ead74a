//go:build !race

package storetest

// The sizes of what takes long.
const (
	recallDocuments = 10_000
	recallQueries   = 20
	bulkDocuments   = 10_000
	oneComparisonIn = 1
)
