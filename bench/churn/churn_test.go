package churn_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/churn"
)

func soak(t *testing.T, fault churn.Fault) churn.Result {
	t.Helper()
	result, err := churn.Run(t.Context(), churn.Options{
		Dir: t.TempDir(), Seed: 1, Searches: 60, Users: 6, Documents: 32, Fault: fault, Version: "test",
	})
	require.NoError(t, err)
	return result
}

func TestNothingLeaksAndNoListIsShortWhileEverythingChanges(t *testing.T) {
	result := soak(t, churn.NoFault)
	require.Empty(t, result.Problems(), "%v", result.Examples)
	require.GreaterOrEqual(t, result.Searches, 60)
	require.Positive(t, result.Results)
	require.Positive(t, result.Reads)
	require.Positive(t, result.Audited)
	for _, what := range []string{
		"group membership given", "group membership taken", "direct share given", "direct share taken", "nested group given",
		"project's viewers given", "clearance given", "document edited", "document moved", "document deleted", "model changed, with a restart",
	} {
		require.Positive(t, result.Changes[what], "%s: %v", what, result.Changes)
	}
	t.Logf("%+v", result)
}

func TestAGateThatAllowsWhatAStaleIndexLetsThroughIsCountedAsLeaks(t *testing.T) {
	result := soak(t, churn.OpenGate)
	require.Positive(t, result.Leaks)
	require.Contains(t, strings.Join(result.Examples, "\n"), "leak: ")
	require.NotEmpty(t, result.Problems())
}

func TestAStaleIndexBehindAnHonestGateLeaksNothingAndItsShortListsAreCounted(t *testing.T) {
	result := soak(t, churn.StaleIndex)
	require.Zero(t, result.Leaks, "%v", result.Examples)
	require.Positive(t, result.Short)
	require.Len(t, result.Staleness, result.Short)
	require.Zero(t, result.Disagreements, "the judge is right whatever the product does")
}

func TestWhatASoakCannotBeIsRefused(t *testing.T) {
	for _, options := range []churn.Options{{}, {Searches: 1, Users: -1}, {Searches: 1, Documents: 1e6}, {Searches: 1, Fault: "none"}} {
		_, err := churn.Run(t.Context(), options)
		require.ErrorIs(t, err, eyeshot.ErrInvalid, "%+v", options)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
