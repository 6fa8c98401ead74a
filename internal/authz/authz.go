// Package authz speaks to OpenFGA, embedded or remote, through openfga/go-sdk,
// which no other production package imports. It turns OpenFGA's calls, limits,
// pages and errors into the project's words and decides nothing itself: what a
// check means for a document is the gate's business (package filters), and what
// a principal may reach is the permission index's (package authzsync).
package authz

import (
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Check asks whether Subject has Relation to Object.
type Check struct {
	Subject  eyeshot.Subject
	Relation string
	Object   eyeshot.Object
}

// Verdict answers one [Check]. The zero Verdict is a denial; a Verdict with an
// error is one too.
type Verdict struct {
	Allowed bool
	Err     error
}

// CheckContext is what conditions of the model are evaluated with, such as
// {"current_time": "2026-01-02T15:04:05Z"}.
type CheckContext map[string]any

// ReadFilter narrows a Read. The zero filter reads all relationships of the
// store. OpenFGA wants at least an object type where anything is set.
type ReadFilter struct {
	Object   string // "type:id", or "type:" for all objects of a type
	Relation string
	Subject  eyeshot.Subject
}

// Page is one page of relationships; Next is "" on the last one.
type Page struct {
	Relationships []eyeshot.Relationship
	Next          string
}

// Change is one entry of OpenFGA's change log. A deletion comes without the
// condition that the relationship had.
type Change struct {
	Relationship eyeshot.Relationship
	Deleted      bool
	At           time.Time
}

// ChangePage is one page of the change log, oldest first. Next is never empty
// once the log has an entry: asked again later it gives what came since.
type ChangePage struct {
	Changes []Change
	Next    string
}
