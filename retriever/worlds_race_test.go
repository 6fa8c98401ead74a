//go:build race

package retriever_test

// worlds is how many a property is tried in: with the race detector each takes
// ten times as long. make test makes twenty without it too.
const worlds = "8"
