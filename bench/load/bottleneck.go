package load

import (
	"fmt"
	"runtime"
	"strings"
)

// saturated is the share of its time from which on something that is busy keeps
// others waiting.
const saturated = 0.75

// bottleneck says in a sentence what holds searches up at a step, by what was
// busy and where the profile says that the time went.
func bottleneck(s step) string {
	at := fmt.Sprintf("At %g a second with %d clients ", s.rate, s.clients)
	used := fmt.Sprintf("this process used %.0f%% of %d processors", s.busy*100, runtime.GOMAXPROCS(0))
	q := queueing(s)
	switch most := most(s.profile.time, 3); {
	case len(s.profile.time) == 0:
		return at + "no profile could be taken: " + used + "."
	case s.busy >= saturated:
		return at + "the bottleneck is the processor: " + used + ", most of it for " + most + "."
	case q.busy >= saturated:
		return at + fmt.Sprintf("the bottleneck is the connections, which were busy for %.0f%% of the time: a request waited %.3g ms for one and took %.3g ms. Of the processor time most was for %s.",
			q.busy*100, q.waited, q.service, most)
	default:
		return at + "nothing of ours is saturated: " + used + ". What a search takes is its own work, most of it for " + most + ", and what else the machine does."
	}
}

// most names the first few parts. What the benchmark itself takes is not what
// holds searches up.
func most(all hotspots, n int) string {
	var names []string
	for _, spot := range all {
		if spot.part != nameBench && len(names) < n {
			names = append(names, fmt.Sprintf("%s (%.0f%%)", spot.part, spot.share*100))
		}
	}
	return strings.Join(names, ", ")
}
