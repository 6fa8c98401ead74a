package tuples

import "github.com/RoaringBitmap/roaring/v2"

// bitmap is a bitmap that one edit may change and all others copy first. The
// copy is a full one: roaring's own copy-on-write marks the original, which a
// reader may be using.
type bitmap struct {
	owner *owner
	bits  *roaring.Bitmap
}

func newBitmap(by *owner) bitmap { return bitmap{owner: by, bits: roaring.New()} }

// owned returns the bits for by to change, copied where they belong to another.
func (b *bitmap) owned(by *owner) *roaring.Bitmap {
	if b.owner != by {
		*b = bitmap{owner: by, bits: b.bits.Clone()}
	}
	return b.bits
}

// bytesOf is what a bitmap holds in memory: its containers, and for each of
// them a key, an interface, a flag and a header.
func bytesOf(bits *roaring.Bitmap) int {
	const perBitmap, perContainer = 96, 2 + 16 + 1 + 40
	stats := bits.Stats()
	content := stats.ArrayContainerBytes + stats.BitmapContainerBytes + stats.RunContainerBytes
	return perBitmap + perContainer*int(stats.Containers) + int(content)
}
