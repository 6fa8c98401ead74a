// Package bench measures the product: as ratios within one run, or as latencies
// with the command that made them. Its figures are in docs/benchmarks.md. It
// asserts nothing about time; tests of behaviour are elsewhere.
package bench
