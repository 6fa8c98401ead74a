package connectortest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheScriptedSourceKeepsTheContract(t *testing.T) {
	Run(t, func(*testing.T) World { return NewSource("scripted").World() })
}

// Each lie is one that a check has to notice.
func TestALieIsNoticed(t *testing.T) {
	for lie, by := range map[Lie]string{
		CompleteAnyway:     "WhateverGoesWrongNothingLooksWholeThatIsNot",
		IgnoresTruncation:  "WhateverGoesWrongNothingLooksWholeThatIsNot",
		CutsAccess:         "WhateverGoesWrongNothingLooksWholeThatIsNot",
		DropsSpoiled:       "WhatIsNotUnderstoodIsRefusedAndTheRestIsTold",
		IgnoresCheckpoint:  "ASnapshotGoesOnFromAnyItem",
		SendsContent:       "PermissionsComeWithoutContentAndAreThoseOfTheSnapshot",
		EndsQuietly:        "ACancelledReadingEndsInAnErrorAndNeverAsWhole",
		HidesShares:        "AChangeOfPermissionsIsToldByPermissionsAlone",
		TakesAnyCheckpoint: "ACheckpointOfNoUseIsSaidToBeOne",
		ForgetsChanges:     "WhatChangedIsTold",
		KeepsDeleted:       "WhatIsDeletedIsGone",
		StopsEarly:         "ASnapshotTellsEverythingAndSaysSo",
	} {
		noticed := map[string]string{}
		for _, check := range checks {
			source := NewSource("scripted")
			source.Lie = lie
			if err := check.run(t.Context(), source.World()); err != nil {
				noticed[check.name] = err.Error()
			}
		}
		require.Contains(t, noticed, by, "a connector that %s: %v", lie, noticed)
	}
}
