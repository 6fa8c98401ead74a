package indexer_test

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// readableBy asks OpenFGA which of the tickets a user can read.
func (s *stack) readableBy(t *testing.T, user string, all []ticket) []string {
	t.Helper()
	checks := make([]authz.Check, len(all))
	for i, one := range all {
		object, err := eyeshot.NewObject("ticket", "jira", one.Key)
		require.NoError(t, err)
		checks[i] = authz.Check{Subject: eyeshot.Subject(user), Relation: "can_read", Object: object}
	}
	verdicts, err := s.authz.BatchCheck(t.Context(), checks, authz.CheckContext{"current_time": "2026-01-02T15:04:05Z"})
	require.NoError(t, err)
	out := []string{}
	for i, verdict := range verdicts {
		require.NoError(t, verdict.Err)
		if verdict.Allowed {
			out = append(out, all[i].Key)
		}
	}
	return out
}

// owed is what a user is to read: the tickets of the projects whose team, or a
// team in it, the user is in.
func (t teams) owed(user string, all []ticket) []string {
	out := []string{}
	for _, one := range all {
		if t.people(t.projects[one.Project])[user] {
			out = append(out, one.Key)
		}
	}
	return out
}

// crowd picks users of the projects' teams, and one of none.
func (t teams) crowd(perProject int) []string {
	users := map[string]bool{"user:nobody": true}
	for _, group := range t.projects {
		people := slices.Sorted(maps.Keys(t.people(group)))
		for i := range min(perProject, len(people)) {
			users[people[i*len(people)/perProject%len(people)]] = true
		}
	}
	return slices.Sorted(maps.Keys(users))
}

func TestRealTicketsAreReadByTheirTeamsAlone(t *testing.T) {
	all, projects := tickets(t, 400)
	derived := readTeams(t, projects).pruned()
	s := openStack(t, 0)
	path := writeTickets(t, all)
	_, report, err := s.ingest(t.Context(), t, path, accessOf(t, derived), nil)
	require.NoError(t, err)
	require.Equal(t, len(all), report.Written)
	require.Empty(t, report.Problems)
	for _, user := range derived.crowd(1) {
		require.Equal(t, derived.owed(user, all), s.readableBy(t, user, all), user)
	}
	require.Len(t, s.readableBy(t, "user:root", all), len(all), "an admin of the tenant reads all")

	// A project goes to another team: one line of the file, nothing embedded.
	moved := all[0].Project
	derived.projects[moved] = derived.projects[all[len(all)-1].Project]
	before := s.counted.texts
	_, report, err = s.ingest(t.Context(), t, path, accessOf(t, derived), nil)
	require.NoError(t, err)
	require.Equal(t, before, s.counted.texts)
	require.Equal(t, []int{len(all), 1, 1}, []int{report.Unchanged, report.RelationshipsAdded, report.RelationshipsRemoved})
	for _, user := range derived.crowd(1) {
		require.Equal(t, derived.owed(user, all), s.readableBy(t, user, all), user)
	}
}

func TestAnInterruptedIngestGoesOnWhereItStopped(t *testing.T) {
	all, projects := tickets(t, 250)
	derived := readTeams(t, projects).pruned()
	const lot = 20
	s := openStack(t, lot)
	path := writeTickets(t, all)
	ctx, cancel := context.WithCancel(t.Context())
	_, first, err := s.ingest(ctx, t, path, accessOf(t, derived), func(indexer.Report) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, lot, first.Written)

	lines, second, err := s.ingest(t.Context(), t, path, accessOf(t, derived), nil)
	require.NoError(t, err)
	require.Equal(t, lot, lines)
	require.Equal(t, len(all)-lot, second.Written)
	stats, err := s.store.Stats(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, len(all), stats.Documents)

	lines, third, err := s.ingest(t.Context(), t, path, accessOf(t, derived), nil)
	require.NoError(t, err)
	require.Zero(t, lines, "what came to its end is read again from its beginning")
	require.Equal(t, len(all), third.Unchanged)
}

// BenchmarkIngest brings all 23,313 tickets in, with everything as it is in the
// product, and then once more, when nothing has changed. Reported beside the
// time of the first: what the second took, and the memory of the process.
func BenchmarkIngest(b *testing.B) {
	path := shared(b, "tickets.jsonl.gz")
	_, projects := tickets(b, 1)
	file := accessOf(b, readTeams(b, projects))
	for b.Loop() {
		b.StopTimer()
		s := openStack(b, 0)
		b.StartTimer()
		_, report, err := s.ingest(b.Context(), b, path, file, nil)
		b.StopTimer()
		require.NoError(b, err)
		require.Equal(b, 23_313, report.Written)
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		b.ReportMetric(float64(memory.Sys)/(1<<20), "MiB")
		start := time.Now()
		_, again, err := s.ingest(b.Context(), b, path, file, nil)
		b.ReportMetric(time.Since(start).Seconds(), "s-unchanged")
		require.NoError(b, err)
		require.Equal(b, 23_313, again.Unchanged)
		b.StartTimer()
	}
}
