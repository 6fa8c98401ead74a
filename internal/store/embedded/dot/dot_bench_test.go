package dot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The world of the benchmark: more than any cache holds.
const (
	benchRows      = 200_000
	benchDimension = 256
)

// BenchmarkScan compares a kernel's speed with that of a plain read of the same
// rows, in the same order, at several selectivities. Rows come in pairs, as the
// chunks of documents do. The two take turns, so that whatever else the machine
// does slows both alike; "of-read" is the median of their ratios.
func BenchmarkScan(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	matrix, query := random(rng, benchRows*benchDimension), random(rng, benchDimension)
	scores := make([]float32, benchRows)
	for _, selected := range []float64{1, 0.5, 0.2, 0.05} {
		var rows []uint32
		for row := uint32(0); row < benchRows; row += 2 {
			if rng.Float64() < selected {
				rows = append(rows, row, row+1)
			}
		}
		for name, kernel := range map[string]Kernel{"go": Go, "best": Best()} {
			b.Run(fmt.Sprintf("%s/selected=%v", name, selected), func(b *testing.B) {
				compare(b, len(rows)*benchDimension*4,
					func() { read(query, matrix, 0, rows, scores) },
					func() { kernel(query, matrix, 0, rows, scores) })
			})
		}
	}
}

func compare(b *testing.B, bytes int, read, scan func()) {
	var ratios []float64
	bestRead, bestScan := math.Inf(1), math.Inf(1)
	for b.Loop() {
		reading, scanning := seconds(read), seconds(scan)
		ratios = append(ratios, reading/scanning)
		bestRead, bestScan = min(bestRead, reading), min(bestScan, scanning)
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "of-read")
	b.ReportMetric(float64(bytes)/bestRead/1e9, "GB/s-read")
	b.ReportMetric(float64(bytes)/bestScan/1e9, "GB/s-scan")
}

func seconds(run func()) float64 {
	start := time.Now()
	run()
	return time.Since(start).Seconds()
}

// read copies each row into a buffer that stays in the processor's cache: a
// plain read of the same bytes, by the runtime's own fastest loop.
func read(query, matrix []float32, first uint32, rows []uint32, scores []float32) {
	buffer := make([]float32, len(query))
	for i, row := range rows {
		from := int(row-first) * len(query)
		copy(buffer, matrix[from:from+len(query)])
		scores[i] = buffer[0]
	}
}
