// Package authzsync keeps a permission index of each tenant: what any subject
// reaches, as bitmaps, exact and current, for any authorization model that
// OpenFGA accepts. It reads OpenFGA (relationships, change log, model) and
// nothing else, and it decides nothing: it narrows a search, and the gate
// (package filters) has the last word over what leaves the process. An index
// that is behind may cost recall for a moment; it never costs confidentiality.
//
// [Open] builds an [Index] from OpenFGA, or from a snapshot with the change log
// applied on top. [Index.Run] keeps it current; a [Writer] puts this process's
// own writes into it before they return. [Index.View] is one immutable version:
// readers hold it for a whole request and never wait for a writer.
//
// How it is built, and what each operation costs: docs/permission-index.md.
package authzsync
