package numbering

import "math"

// Container names what an object belongs to, such as its project: objects of
// one container get neighbouring ordinals, which is what makes the set of a
// project's documents one run instead of thousands of scattered bits.
type Container struct {
	Type     string
	Relation string
	Ordinal  uint32
}

const (
	firstBlock = 16
	lastBlock  = 1024
	// maxOpen bounds what is remembered of containers; past it the rest of
	// their blocks stays unused until the objects are numbered anew.
	maxOpen = 1 << 16
)

// blocks hands out ordinals so that each container has runs of its own. A
// container's first block is small and each following one is twice as long, so
// that a container of n objects leaves fewer than n + 16 ordinals unused.
type blocks struct {
	end  uint64 // every ordinal below it has been given or set aside
	open map[Container]block
}

type block struct{ next, end, size uint64 }

func newBlocks() blocks { return blocks{open: map[Container]block{}} }

func (b *blocks) next(container Container) (uint32, bool) {
	if container == (Container{}) {
		b.end++
		return uint32(b.end - 1), b.end <= math.MaxUint32
	}
	current := b.open[container]
	if current.next == current.end {
		current = b.reserve(current.size)
	}
	ordinal := current.next
	current.next++
	if len(b.open) >= maxOpen {
		clear(b.open)
	}
	b.open[container] = current
	return uint32(ordinal), current.end <= math.MaxUint32
}

func (b *blocks) reserve(before uint64) block {
	size := min(max(2*before, firstBlock), lastBlock)
	reserved := block{next: b.end, end: b.end + size, size: size}
	b.end += size
	return reserved
}
