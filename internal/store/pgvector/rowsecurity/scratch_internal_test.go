package rowsecurity

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPgvectorHasToHaveIterativeScans(t *testing.T) {
	for version, enough := range map[string]bool{"0.8.0": true, "0.10": true, "1.0.0": true, "0.7.4": false, "": false, "many": false} {
		require.Equal(t, enough, newEnough(version), "%q", version)
	}
}

func TestAScratchDatabaseIsOnTheSameServerHoweverItIsWritten(t *testing.T) {
	for dsn, wants := range map[string]string{
		"postgres://me:secret@db:5432/eyeshot?sslmode=require": "postgres://me:secret@db:5432/other?sslmode=require",
		"postgres://me@db/?dbname=eyeshot":                     "postgres://me@db/other",
		"host=/run/pg user=me dbname=eyeshot":                  "host=/run/pg user=me dbname=eyeshot dbname=other",
	} {
		got, err := within(dsn, "other")
		require.NoError(t, err)
		require.Equal(t, wants, got)
	}
}
