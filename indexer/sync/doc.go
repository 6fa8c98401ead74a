// Package sync brings what a connector reads into a tenant: all of it, what has
// changed since, or its permissions alone. It decides which reading is due and
// where it goes on, holds back what would suddenly be open to many more people,
// keeps "public" out where the configuration does not allow it, and reports.
//
// The order of the changes, and with it what survives a kill at any moment, is
// package indexer's. What to run when is package sources'.
package sync
