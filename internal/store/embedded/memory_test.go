package embedded

import (
	"maps"
	"slices"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPagesAreMapsThatRememberTheirPast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		current, model := pages{}, map[uint32]span{}
		type version struct {
			pages pages
			model map[uint32]span
		}
		var past []version
		number := rapid.Uint32Range(0, 3*pageSpans)
		t.Repeat(map[string]func(*rapid.T){
			"edit": func(t *rapid.T) {
				past = append(past, version{current, maps.Clone(model)})
				edit := current.edit()
				for n, count := range rapid.MapOfN(number, rapid.Uint32Range(0, 3), 0, 9).Draw(t, "changes") {
					edit.set(n, span{n, count})
					model[n] = span{n, count}
					require.Equal(t, span{n, count}, edit.get(n))
				}
				current = edit.done()
			},
			"": func(t *rapid.T) {
				for _, v := range append(past, version{current, model}) {
					n := number.Draw(t, "number")
					require.Equal(t, v.model[n], v.pages.get(n))
				}
				seen := map[uint32]span{}
				current.each(func(n uint32, s span) { seen[n] = s })
				maps.DeleteFunc(model, func(_ uint32, s span) bool { return s == span{} })
				for n, s := range model {
					require.Equal(t, s.count > 0, seen[n].count > 0)
				}
			},
		})
	})
}

func TestRowsStayWhatTheyWereWhileOthersAreAppended(t *testing.T) {
	const dimension = 3
	m := matrix{dimension: dimension}
	vector := func(i int) []float32 { return []float32{float32(i), float32(2 * i), 1} }
	type seen struct {
		blocks [][]float32
		rows   int
	}
	var past []seen
	for i := range 2*blockRows + 10 {
		m.append(vector(i))
		if i < 100 || i%1000 == 0 || i%blockRows < 2 {
			past = append(past, seen{m.blocks, m.rows})
		}
	}
	for _, p := range past {
		for _, number := range []int{0, p.rows / 2, p.rows - 1} {
			require.Equal(t, vector(number), row(p.blocks, dimension, uint32(number)))
		}
	}
}

func TestPostingsKeepEveryFrequencyAndEndAtTheLimit(t *testing.T) {
	l := newLexicon()
	frequencies := []uint32{1, 2, manyTimes - 1, manyTimes, manyTimes + 1, 100_000, 1}
	for i, times := range frequencies {
		l.count([]byte("other"), 1)
		for range times % 7 {
			l.count([]byte("term"), 1)
		}
		l.count([]byte("term"), times-times%7)
		l.flush(uint32(i * 10))
	}
	all := l.of("term", maxRows)
	require.Len(t, all.list, len(frequencies))
	for i, entry := range all.list {
		require.Equal(t, uint32(i*10), entry.row())
		require.Equal(t, frequencies[i], all.times(entry))
	}
	require.Len(t, l.of("term", 30).list, 3)
	require.Len(t, l.of("term", 31).list, 4)
	require.Empty(t, l.of("absent", maxRows).list)
}

func TestLeapFindsWhatABinarySearchFinds(t *testing.T) {
	for n := range 70 {
		for at := 0; at <= n; at++ {
			reached := func(i int) bool {
				require.Less(t, i, n)
				return i >= at
			}
			require.Equal(t, sort.Search(n, reached), leap(n, reached), "%d of %d", at, n)
		}
	}
}

// rowLists draws two rising lists without repetition.
func rowLists(t *rapid.T) (a, b []uint32) {
	row := rapid.Uint32Range(0, 300)
	for _, list := range []*[]uint32{&a, &b} {
		*list = rapid.SliceOfNDistinct(row, 0, 150, rapid.ID[uint32]).Draw(t, "rows")
		slices.Sort(*list)
	}
	return a, b
}

func both(a, b []uint32) []uint32 {
	out := []uint32{}
	for _, row := range a {
		if slices.Contains(b, row) {
			out = append(out, row)
		}
	}
	return out
}

func TestCommonRowsAreThoseInBothLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rowLists(t)
		require.Equal(t, both(a, b), append([]uint32{}, common(a, b)...))
	})
}

func TestEveryWayToMatchPostingsFindsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allowed, list := rowLists(t)
		want := []posting{}
		for _, row := range both(list, allowed) {
			want = append(want, newPosting(row, row%5))
		}
		var all []posting
		for _, row := range list {
			all = append(all, newPosting(row, row%5))
		}
		s := &snapshot{rows: 301, lengths: make([]uint32, 301)}
		scratch := &rankMemory{}
		b := newBM25(s, allowed, scratch)
		require.Equal(t, want, append([]posting{}, b.match(all)...))
		require.Equal(t, want, append([]posting{}, intersect(nil, allowed, all)...))
		b.release()
		require.Zero(t, slices.Max(scratch.marks), "the marks are left for the next search")
	})
}

func TestMarksListTheirRows(t *testing.T) {
	m := newMarks(200)
	m.add(span{60, 10})
	m.add(span{0, 1})
	m.add(span{199, 1})
	require.Equal(t, []uint32{0, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 199}, m.take(12))
	require.Zero(t, slices.Max(m), "what was taken is gone")
}

func TestSpansOfEveryLengthAreMarked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, count := rapid.Uint32Range(0, 400).Draw(t, "first"), rapid.Uint32Range(0, 300).Draw(t, "count")
		m := newMarks(700)
		m.add(span{first, count})
		for row := range uint32(700) {
			require.Equal(t, row >= first && row < first+count, m.has(row) == 1, "row %d", row)
		}
		for i, row := range m.take(int(count)) {
			require.Equal(t, first+uint32(i), row)
		}
	})
}
