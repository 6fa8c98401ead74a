package load

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// hotspots is where the processor time of a step went, by part, the most first.
type hotspots []hotspot

type hotspot struct {
	part  string
	share float64
}

// profiled runs something under the CPU profiler.
func profiled(run func() error) (hotspots, error) {
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil {
		return nil, run() // somebody else profiles: measured all the same
	}
	err := run()
	pprof.StopCPUProfile()
	if err != nil {
		return nil, err
	}
	parsed, err := profile.Parse(&b)
	if err != nil {
		return nil, fmt.Errorf("read the profile: %w", err)
	}
	return sumUp(parsed), nil
}

// parts are those that a stack is told by, the innermost that matches.
func parts() [][2]string {
	const ours = "github.com/eyeshot-dev/eyeshot/"
	return [][2]string{
		{"runtime.gcBgMarkWorker", "garbage collection"},
		{ours + "bench/", "this benchmark: client and changes"},
		{"github.com/openfga/openfga/", "OpenFGA"},
		{ours + "internal/authz/fgaserver/memindex", "OpenFGA's read index"},
		{ours + "internal/authz", "OpenFGA's client and gateway"},
		{ours + "internal/store", "store: vectors and keywords"},
		{"modernc.org/sqlite", "SQLite"},
		{ours + "authzsync", "permission index"},
		{ours + "internal/identity", "tokens"},
		{ours + "internal/embed", "embedding"},
		{ours + "retriever", "retriever and fusion"},
		{ours + "filters", "scope and gate"},
		{ours + "internal/httpapi", "HTTP"},
		{"github.com/gin-gonic/gin", "HTTP"},
		{"net/http", "HTTP"},
	}
}

func sumUp(p *profile.Profile) hotspots {
	at := len(p.SampleType) - 1 // nanoseconds of processor time
	sums, total := map[string]int64{}, int64(0)
	for _, sample := range p.Sample {
		sums[partOf(sample)] += sample.Value[at]
		total += sample.Value[at]
	}
	var all hotspots
	for part, sum := range sums {
		all = append(all, hotspot{part, float64(sum) / float64(max(total, 1))})
	}
	slices.SortFunc(all, func(a, b hotspot) int { return cmp.Or(cmp.Compare(b.share, a.share), cmp.Compare(a.part, b.part)) })
	return all
}

func partOf(sample *profile.Sample) string {
	for _, location := range sample.Location {
		for _, line := range location.Line {
			for _, part := range parts() {
				if line.Function != nil && strings.HasPrefix(line.Function.Name, part[0]) {
					return part[1]
				}
			}
		}
	}
	return "Go's runtime and all else"
}
