// Package memindex keeps the relationship tuples of OpenFGA stores in memory,
// in front of a datastore that keeps them on disk, so that a check costs
// memory reads and no SQL.
//
// It implements OpenFGA's storage.OpenFGADatastore. Reads of tuples are
// answered from immutable snapshots; writes go to the datastore below, and
// what that has committed is read back from it and then published, in commit
// order. The disk is the truth and memory is a copy of it: where the two
// cannot be known to agree, the copy is thrown away and read again.
//
// It is not a cache: it holds every tuple of a store or none, nothing expires,
// and an answer is never older than the last acknowledged write. It decides no
// permissions, and it knows nothing of SQLite: see [Source].
package memindex
