package goals

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/bench/report"
)

func TestAPromiseKeepsItsOwnBoundWhateverTheBenchmarkSays(t *testing.T) {
	own := report.Goal{Name: "scan / plain read of the same bytes, worst", Value: 0.5, Bound: 0.1, AtLeast: true, Command: "eyeshot bench scan"}
	goals, promised := arrange([]figure{{"scan", own}, {"index", report.Goal{Name: "bytes a document", Value: 3, Bound: 16}}}, false)
	require.Equal(t, "bytes a document", goals[promised].Name, "what is not promised comes behind")
	require.Len(t, goals, promised+1, "and no figure comes twice")
	last := goals[promised-1]
	require.Equal(t, 0.7, last.Bound)
	require.False(t, last.Met())
	require.Equal(t, "eyeshot bench scan", last.Command)
}

func TestAPromiseWithoutAFigureIsNotRunAndSaysWhatItNeeds(t *testing.T) {
	for server, why := range map[bool]string{false: needsPostgres, true: madeNone} {
		goals, _ := arrange(nil, server)
		for _, goal := range goals {
			require.False(t, goal.Met(), goal.Name)
			require.NotEmpty(t, goal.NotRun, goal.Name)
			if goal.Bound == 13.5 {
				require.Equal(t, why, goal.NotRun)
			}
		}
	}
}
