// Package indexer takes documents in: it splits and embeds them, gives them
// their relationships in OpenFGA and their content in a store, and takes both
// away again. It runs what a connector reads and reports what became of it.
//
// Its first duty is order. At no moment, whatever fails and wherever a process
// is killed, may somebody read a text who could not read it before the change
// and cannot read it after. So relationships go before content in everything
// that is new, and in everything that is removed; content that is about to be
// replaced is gone before new readers come; and what was begun is recorded
// first, so that the next run ends it. [Indexer.Upsert] has the steps.
//
// The package decides nothing about permissions and answers no queries.
package indexer
