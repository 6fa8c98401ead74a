package load

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// hotspots are shares of a whole, by name, the most first.
type hotspots []hotspot

type hotspot struct {
	part  string
	share float64
}

// costs is where the processor time and the memory of a step went.
type costs struct {
	time      hotspots
	functions hotspots // the same, by the innermost function
	memory    hotspots // allocated
}

// profiled runs something under the CPU profiler, between two looks at what has
// been allocated.
func profiled(run func() error) (out costs, err error) {
	allocated, err := allocations()
	if err != nil {
		return out, err
	}
	var b bytes.Buffer
	if pprof.StartCPUProfile(&b) != nil {
		return out, run() // somebody else profiles: measured all the same
	}
	err = run()
	pprof.StopCPUProfile()
	if err != nil {
		return out, err
	}
	parsed, err := profile.Parse(&b)
	if err != nil {
		return out, fmt.Errorf("read the profile: %w", err)
	}
	after, err := allocations()
	if err != nil {
		return out, err
	}
	last := len(parsed.SampleType) - 1 // nanoseconds of processor time
	out.time, out.functions = rank(sums(parsed, last, partOf), nil), rank(sums(parsed, last, functionOf), nil)
	out.memory = rank(sums(after, allocatedSpace, partOf), sums(allocated, allocatedSpace, partOf))
	return out, nil
}

// allocatedSpace is where the profile of allocations has bytes.
const allocatedSpace = 1

func allocations() (*profile.Profile, error) {
	runtime.GC() // what was allocated is counted at the second collection after it
	runtime.GC()
	var b bytes.Buffer
	if err := pprof.Lookup("allocs").WriteTo(&b, 0); err != nil {
		return nil, fmt.Errorf("read what was allocated: %w", err)
	}
	parsed, err := profile.Parse(&b)
	if err != nil {
		return nil, fmt.Errorf("read what was allocated: %w", err)
	}
	return parsed, nil
}

const (
	nameBench = "this benchmark: client and changes"
	nameRest  = "Go's runtime and all else"
)

// parts are those that a stack is told by, the innermost that matches.
func parts() [][2]string {
	const ours = "github.com/eyeshot-dev/eyeshot/"
	return [][2]string{
		{"runtime.gcBgMarkWorker", "garbage collection"},
		{ours + "bench/", nameBench},
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

func sums(p *profile.Profile, at int, of func(*profile.Sample) string) map[string]int64 {
	all := map[string]int64{}
	for _, sample := range p.Sample {
		all[of(sample)] += sample.Value[at]
	}
	return all
}

// rank is the share of each, the most first, of what has come since before.
func rank(now, before map[string]int64) hotspots {
	total := int64(0)
	for name, sum := range now {
		total += sum - before[name]
	}
	var all hotspots
	for name, sum := range now {
		if sum > before[name] {
			all = append(all, hotspot{name, float64(sum-before[name]) / float64(max(total, 1))})
		}
	}
	slices.SortFunc(all, func(a, b hotspot) int { return cmp.Or(cmp.Compare(b.share, a.share), cmp.Compare(a.part, b.part)) })
	return all
}

func functionOf(sample *profile.Sample) string {
	for _, location := range sample.Location {
		for _, line := range location.Line {
			if line.Function != nil {
				return line.Function.Name
			}
		}
	}
	return "unknown"
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
	return nameRest
}
