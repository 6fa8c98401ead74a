// Package tuples holds the relationships of one tenant as sets of ordinals: for
// every subject, per (object type, relation), the objects that it is written on
// directly. The bitmaps are the only copy; a relationship exists exactly where
// its bit is set.
//
// A [State] is immutable. An [Edit] makes the next one and copies only the
// nodes and sets that it touches, so any number of readers work on the states
// that they hold and never wait. The package stores what it is given, whether
// or not a model allows it: which tables count is for package algebra to say.
package tuples
