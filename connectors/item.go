package connectors

import "github.com/eyeshot-dev/eyeshot"

// Item is one thing that a source tells: a document, that one could not be
// taken, that one is gone, or the end of a reading. Items come in the order of
// the source; of two about one document the later counts.
type Item struct {
	// Document is what the source holds, relationships included. Where Refused
	// is set only its Object is of use, and that is empty where it is unknown;
	// where Deleted is set only its Object is; where AccessOnly is set its
	// Object and Relationships are.
	Document eyeshot.Document
	// Refused says why the document could not be taken.
	Refused *Refusal
	// Deleted: the source says that the document is there no longer.
	Deleted bool
	// AccessOnly: the content is as it was. Relationships are all that the
	// document has now; none are a refusal, as everywhere.
	AccessOnly bool
	// Line is where the item stands in a file, counted from 1; 0 elsewhere.
	Line int
	// Checkpoint is what the connector goes on from, once this item and all
	// before it have been taken in; "" where it cannot go on from here. It is
	// the connector's own text, of at most 64 KiB, and holds no secret.
	Checkpoint string
	// End is set on the last item of a reading, which is nothing else.
	End End
}

// End says how a reading ended. A reading that was cut short has none.
type End string

// The ends of a reading.
const (
	// Complete: everything there is was told. What was not told is gone.
	Complete End = "complete"
	// Partial: all that was to be told was told. What was not is as it was.
	Partial End = "partial"
)

// Refusal says why a document was not taken.
type Refusal struct {
	Kind Kind
	Err  error // what is wrong and what is allowed; holds none of the text
}

// Error gives the reason.
func (r *Refusal) Error() string { return string(r.Kind) + ": " + r.Err.Error() }

// Unwrap returns the reason.
func (r *Refusal) Unwrap() error { return r.Err }

// Refuse builds a [Refusal].
func Refuse(kind Kind, err error) *Refusal { return &Refusal{Kind: kind, Err: err} }

// Kind groups reasons for the counts of a report.
type Kind string

// The kinds of refusal.
const (
	// Malformed: not readable as a document at all.
	Malformed Kind = "malformed"
	// TooLarge: beyond the limit of the connector.
	TooLarge Kind = "too_large"
	// WithoutACL: nothing says who may read it.
	WithoutACL Kind = "without_acl"
	// BadRelationship: what says who may read it is not understood, or not
	// allowed by the authorization model.
	BadRelationship Kind = "bad_relationship"
	// BadContent: title, text or metadata cannot be taken.
	BadContent Kind = "bad_content"
	// Unreadable: the source does not let the connector read it, or who may.
	Unreadable Kind = "unreadable"
	// HeldBack: it would be open further than is believed without asking.
	HeldBack Kind = "held_back"
)
