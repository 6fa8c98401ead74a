//go:build race

package qdrant_test

// longTests are those of the suite in which nothing runs side by side, and which
// take long with the race detector. make test runs them all without it too.
func longTests() []string {
	return []string{
		"Where/EveryOperatorMeansTheSameForEveryKindOfValueAndForMissingKeys", "Where/RandomFiltersMeanTheSame",
		"Access/AnswersEqualThoseOfAPrivateIndex", "Cursor/PagesOfAnySizeGiveTheSameList", "Programs/RandomProgramsGiveTheAnswersOfTheReference",
	}
}

// some are as many of what a test goes through as its time allows.
func some[T any](all []T) []T { return all[:(len(all)+2)/3] }
