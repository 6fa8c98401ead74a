package filters

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// ContentReader is the part of a store that holds text.
type ContentReader interface {
	Document(ctx context.Context, tenant string, object eyeshot.Object) (store.Record, error)
	Passages(ctx context.Context, tenant string, refs []eyeshot.ChunkRef) ([]store.Passage, error)
	Hashes(ctx context.Context, tenant string, objects []eyeshot.Object) (map[eyeshot.Object]string, error)
}

// Content is the door to what documents say: it opens for a [Permit] and for
// nothing else. Searching works on ids and scores alone, so text is not even
// read before the gate has allowed it.
type Content struct{ reader ContentReader }

// NewContent puts the door in front of a store.
func NewContent(reader ContentReader) Content { return Content{reader: reader} }

// Document returns the document of a permit, without vectors.
func (c Content) Document(ctx context.Context, permit Permit) (store.Record, error) {
	if permit.object == "" || permit.tenant == "" { // SECURITY: the zero Permit opens nothing
		return store.Record{}, eyeshot.ErrNotFound
	}
	return c.reader.Document(ctx, permit.tenant, permit.object)
}

// Passages returns the chunks of refs, in their order, without those that have
// gone in the meantime. Each has the version ([Content.Versions]) of the content
// that it was read from in Hash. permits[i] opens refs[i]; a pair that does not belong
// together, or permits of two tenants, are refused as a whole.
func (c Content) Passages(ctx context.Context, permits []Permit, refs []eyeshot.ChunkRef) ([]store.Passage, error) {
	if len(permits) != len(refs) {
		return nil, fmt.Errorf("content: %w: %d permits for %d chunks", eyeshot.ErrInvalid, len(permits), len(refs))
	}
	if len(refs) == 0 {
		return nil, nil
	}
	for i, permit := range permits {
		// SECURITY: text leaves the store only for the document that the gate allowed.
		if permit.object == "" || permit.object != refs[i].Object || permit.tenant != permits[0].tenant {
			return nil, fmt.Errorf("content: %w: a chunk without its permit", eyeshot.ErrInvalid)
		}
	}
	return c.reader.Passages(ctx, permits[0].tenant, refs)
}

// Versions returns what identifies the content that each document has now; it
// says nothing of what the content is and needs no permit. A document that the
// store does not have is left out.
//
// It is for telling whether text that was read is still what the gate was asked
// about: a document may change, and its readers with it, between the two.
func (c Content) Versions(ctx context.Context, tenant string, objects []eyeshot.Object) (map[eyeshot.Object]string, error) {
	return c.reader.Hashes(ctx, tenant, objects)
}
