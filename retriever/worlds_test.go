//go:build !race

package retriever_test

// worlds is how many a property is tried in.
const worlds = "20"
