package numbering_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

var _ store.Numbering = (*numbering.Numbering)(nil)

func TestAnObjectKeepsItsOrdinalAndTheOrdinalItsObject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, err := numbering.New()
		require.NoError(t, err)
		given := map[eyeshot.Object]uint32{}
		ids := rapid.StringMatching(`[a-z0-9/%é-]{1,40}`)
		for range rapid.IntRange(0, 300).Draw(t, "objects") {
			typ := rapid.SampledFrom([]string{"ticket", "user"}).Draw(t, "type")
			id := ids.Draw(t, "id")
			container := numbering.Container{Type: "project", Ordinal: rapid.Uint32Range(0, 5).Draw(t, "container")}
			ordinal, err := n.Number(typ, id, container)
			require.NoError(t, err)
			object := eyeshot.Object(typ + ":" + id)
			if before, known := given[object]; known {
				require.Equal(t, before, ordinal)
			}
			given[object] = ordinal
		}
		taken := map[string]eyeshot.Object{}
		for object, ordinal := range given {
			got, ok := n.Ordinal(object)
			require.True(t, ok)
			require.Equal(t, ordinal, got)
			back, ok := n.Object(object.Type(), ordinal)
			require.True(t, ok)
			require.Equal(t, object, back)
			place := fmt.Sprint(object.Type(), ordinal)
			require.Empty(t, taken[place], "one ordinal for two objects")
			taken[place] = object
		}
	})
}

func TestWhatHasNoOrdinalIsNotFound(t *testing.T) {
	n, err := numbering.New()
	require.NoError(t, err)
	_, err = n.Number("ticket", "a/1", numbering.Container{})
	require.NoError(t, err)
	for _, object := range []eyeshot.Object{"", "ticket", "ticket:", "ticket:a/2", "user:a/1", "ticket:a/1 "} {
		_, ok := n.Ordinal(object)
		require.False(t, ok, object)
	}
	for _, ordinal := range []uint32{1, 1023, 1024, 1 << 31, 1<<32 - 1} {
		_, ok := n.Object("ticket", ordinal)
		require.False(t, ok, ordinal)
	}
	_, ok := n.Object("user", 0)
	require.False(t, ok)
}

func TestObjectsOfOneContainerAreNeighbours(t *testing.T) {
	n, err := numbering.New()
	require.NoError(t, err)
	const objects, containers = 2_000, 10
	runs, last := map[uint32]int{}, map[uint32]uint32{}
	for i := range objects * containers { // the containers take turns
		c := uint32(i % containers)
		ordinal, err := n.Number("ticket", fmt.Sprint(i), numbering.Container{Type: "project", Ordinal: c})
		require.NoError(t, err)
		if ordinal != last[c]+1 {
			runs[c]++
		}
		last[c] = ordinal
	}
	for c, n := range runs {
		require.LessOrEqual(t, n, 10, "container %d is in %d pieces", c, n)
	}
	stats := n.Stats("ticket")
	require.Equal(t, objects*containers, stats.Objects)
	require.LessOrEqual(t, stats.Ordinals, 2*stats.Objects+16*containers, "too many ordinals are set aside")
}

func TestEveryNumberingHasAnEpochOfItsOwn(t *testing.T) {
	seen := map[uint64]bool{}
	for range 100 {
		n, err := numbering.New()
		require.NoError(t, err)
		require.NotZero(t, n.Epoch())
		require.False(t, seen[n.Epoch()])
		seen[n.Epoch()] = true
	}
}

func TestIdsOfAnyLengthThatFitsAreKept(t *testing.T) {
	n, err := numbering.New()
	require.NoError(t, err)
	for length := range 300 {
		id := strings.Repeat("x", length) + "y"
		ordinal, err := n.Number("ticket", id, numbering.Container{})
		require.NoError(t, err)
		back, _ := n.Object("ticket", ordinal)
		require.Equal(t, eyeshot.Object("ticket:"+id), back)
	}
	_, err = n.Number("ticket", strings.Repeat("x", 1<<16), numbering.Container{})
	require.Error(t, err)
}

func TestReadersFindWhatTheyWereToldOfWhileOthersAdd(t *testing.T) {
	n, err := numbering.New()
	require.NoError(t, err)
	const objects = 20_000
	told := make(chan uint32, objects)
	var all sync.WaitGroup
	all.Go(func() {
		defer close(told)
		for i := range objects {
			ordinal, err := n.Number("ticket", fmt.Sprint(i), numbering.Container{Type: "project", Ordinal: uint32(i % 7)})
			if err != nil {
				t.Error(err)
				return
			}
			told <- ordinal
		}
	})
	for range 3 {
		all.Go(func() {
			for ordinal := range told {
				object, ok := n.Object("ticket", ordinal)
				back, found := n.Ordinal(object)
				if !ok || !found || back != ordinal {
					t.Errorf("ordinal %d is %q, which is ordinal %d", ordinal, object, back)
				}
				n.Object("ticket", ordinal+1_000) // may be in the making
				n.Ordinal("ticket:unheard-of")
			}
		})
	}
	all.Wait()
	require.Equal(t, objects, n.Stats("ticket").Objects)
}
