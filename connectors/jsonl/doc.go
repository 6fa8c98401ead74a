// Package jsonl reads documents from JSON Lines: one document a line, in the
// format that docs/ingest.md describes, or, with an access file that says how,
// in any other. Files may be compressed with gzip; standard input works too.
//
// What is wrong with one line concerns that line alone: it is told with its
// number and its reason, and reading goes on. The package opens nothing to
// anybody; a line that it cannot take is at most named, so that the indexer can
// take the access of that document away.
package jsonl
