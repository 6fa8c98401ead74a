package pgvector

import (
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func TestATenantWithoutAnIndexIsNotWalkedThroughForAFew(t *testing.T) {
	for _, c := range []struct {
		allowed, documents int
		indexed            bool
		asked, want        store.Way
	}{
		{1000, 20_000, false, store.Unfiltered, store.Exact},
		{1000, 20_000, true, store.Unfiltered, store.Unfiltered},
		{30_000, 40_000, false, store.Unfiltered, store.Unfiltered},
		{30_000, 40_000, false, store.Exact, store.Unfiltered},
		{30_000, 400_000, false, store.Unfiltered, store.Exact},
		{1000, 20_000, false, store.Filtered, store.Filtered},
		{1000, 20_000, false, store.Any, store.Exact},
	} {
		bitmap := roaring.New()
		bitmap.AddRange(0, uint64(c.allowed))
		access := store.AccessDocuments(store.NewDocumentSet(nobodys{}, map[string]*roaring.Bitmap{"ticket": bitmap})).By(store.Route{Way: c.asked})
		require.Equal(t, c.want, wayOf(access, c.allowed, &tenant{documents: c.documents, indexed: c.indexed}), "%+v", c)
	}
}

// nobodys is a numbering without objects.
type nobodys struct{}

func (nobodys) Epoch() uint64                                { return 1 }
func (nobodys) Object(string, uint32) (eyeshot.Object, bool) { return "", false }
func (nobodys) Ordinal(eyeshot.Object) (uint32, bool)        { return 0, false }
