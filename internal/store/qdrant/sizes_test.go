//go:build !race

package qdrant_test

// longTests are those of the suite that take long with the race detector alone.
func longTests() []string { return nil }

// some are as many of what a test goes through as its time allows.
func some[T any](all []T) []T { return all }
