// Package connectors is what the readers of sources and the indexer have in
// common: a source tells, item by item, what it holds and who may read it. Each
// source has a folder of its own below this one.
//
// A connector reads and translates. It does not write relationships, split,
// embed or store, and it never drops what it could not understand: it says so,
// and the indexer then sees to it that nobody reads it.
package connectors
