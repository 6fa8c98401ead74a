package scan

import (
	"math/rand/v2"
	"sync"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded/dot"
)

// bench is the vectors, and a query.
type bench struct {
	Options
	query, matrix []float32
	scores        []float32
	kernel        dot.Kernel
}

func newBench(o Options) *bench {
	r := rand.New(rand.NewPCG(o.Seed, 21))
	b := &bench{Options: o, kernel: dot.Best(), query: make([]float32, o.Dimension), matrix: make([]float32, o.Vectors*o.Dimension), scores: make([]float32, o.Vectors)}
	for _, numbers := range [][]float32{b.query, b.matrix} {
		for i := range numbers {
			numbers[i] = r.Float32()*2 - 1
		}
	}
	return b
}

// rows draws which vectors may be looked at, in pairs.
func (b *bench) rows(share float64) []uint32 {
	r := rand.New(rand.NewPCG(b.Seed, uint64(share*1e6)))
	var rows []uint32
	for row := uint32(0); int(row)+1 < b.Vectors; row += 2 {
		if r.Float64() < share {
			rows = append(rows, row, row+1)
		}
	}
	return rows
}

// turns scans and reads the same rows, one after the other, so that whatever else
// the machine does slows both alike.
func (b *bench) turns(workers int, rows []uint32) (scan, read *measure.Meter) {
	scan, read = &measure.Meter{Clock: measure.Process}, &measure.Meter{Clock: measure.Process}
	for round := range b.Rounds + 1 {
		if round == 1 { // the first is not measured
			scan.CPU, scan.Wall, read.CPU, read.Wall = nil, nil, nil, nil
		}
		read.Start()
		split(workers, rows, func(rows []uint32, _ int) { b.read(rows) })
		read.Stop()
		scan.Start()
		split(workers, rows, func(rows []uint32, from int) { b.kernel(b.query, b.matrix, 0, rows, b.scores[from:from+len(rows)]) })
		scan.Stop()
	}
	return scan, read
}

// split shares rows out evenly, in order, as the store does.
func split(workers int, rows []uint32, do func(rows []uint32, from int)) {
	var all sync.WaitGroup
	for i := range workers {
		from, end := i*len(rows)/workers, (i+1)*len(rows)/workers
		all.Go(func() { do(rows[from:end], from) })
	}
	all.Wait()
}

// read copies rows into a buffer that fits into the processor's nearest cache, by
// the runtime's own fastest loop: as fast as one core gets at these bytes.
func (b *bench) read(rows []uint32) {
	const most = 4096 // numbers: 16 KiB
	buffer := make([]float32, max(most, b.Dimension))
	for i := 0; i < len(rows); {
		n := 1
		for i+n < len(rows) && rows[i+n] == rows[i]+uint32(n) && (n+1)*b.Dimension <= len(buffer) {
			n++
		}
		from := int(rows[i]) * b.Dimension
		copy(buffer, b.matrix[from:from+n*b.Dimension])
		i += n
	}
}
