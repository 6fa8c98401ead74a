// Package access reads access files: groups, projects, levels and folders with
// who is in them, and rules that give documents their relationships from their
// own fields. It is for sources that carry no permissions of their own, such as
// a plain export of tickets.
//
// It is strict on purpose. A name that is misspelt here would open or close
// documents in silence, so an unknown key, an undeclared group or a field that
// a document lacks is an error that names it. The format is docs/ingest.md.
//
// The package only translates: it neither writes relationships nor asks about
// them.
package access
