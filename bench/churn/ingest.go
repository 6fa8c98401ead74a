package churn

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/eyeshot-dev/eyeshot"
)

// ingester brings documents in, changes them, moves them and takes them away,
// through an indexer of the product's parts.
type ingester struct {
	*soak
	versions map[eyeshot.Object]int // of the text that each was last given
	placed   map[eyeshot.Object][]eyeshot.Relationship
}

func (s *soak) newIngester() *ingester {
	i := &ingester{soak: s, versions: map[eyeshot.Object]int{}, placed: map[eyeshot.Object][]eyeshot.Relationship{}}
	for _, document := range s.first {
		i.versions[document.Object], i.placed[document.Object] = versionOf(document.Title), document.Relationships
	}
	return i
}

// once takes a few documents and edits, moves, deletes or brings in each.
func (i *ingester) once(ctx context.Context, r *rand.Rand) error {
	drawn := map[eyeshot.Object]bool{}
	var documents []eyeshot.Document
	var gone []eyeshot.Object
	for range 1 + r.IntN(6) {
		object := i.world.documents[r.IntN(len(i.world.documents))]
		switch {
		case drawn[object]:
		case i.versions[object] > 0 && r.IntN(8) == 0:
			gone = append(gone, object)
			delete(i.versions, object)
			i.history.count("document deleted", 1)
		default:
			documents = append(documents, i.change(r, object))
		}
		drawn[object] = true
	}
	if err := i.bringIn(ctx, documents); err != nil || len(gone) == 0 {
		return err
	}
	if err := i.indexer.Delete(ctx, tenantName, source, gone); err != nil {
		return fmt.Errorf("deleting documents: %w", err)
	}
	return nil
}

func (i *ingester) change(r *rand.Rand, object eyeshot.Object) eyeshot.Document {
	before := i.versions[object]
	version, what := before, "document moved"
	if before == 0 || r.IntN(3) > 0 {
		version = int(i.version.Add(1))
	}
	document := i.world.document(r, object, version)
	switch {
	case before == 0:
		what = "document brought in"
	case version != before && r.IntN(2) == 0:
		what = "document edited"
		document.Relationships = i.placed[object]
	case version != before:
		what = "document edited and moved"
	}
	i.history.count(what, 1)
	i.versions[object], i.placed[object] = version, document.Relationships
	return document
}

func (s *soak) bringIn(ctx context.Context, documents []eyeshot.Document) error {
	if len(documents) == 0 {
		return nil
	}
	report, err := s.indexer.Upsert(ctx, tenantName, source, documents)
	if err != nil {
		return fmt.Errorf("ingesting: %w", err)
	}
	if n := report.RefusedTotal(); n > 0 {
		return fmt.Errorf("%w: %d documents of the soak were refused: %v", eyeshot.ErrInvalid, n, report.Problems)
	}
	return nil
}
