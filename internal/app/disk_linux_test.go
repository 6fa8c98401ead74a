package app_test

import (
	"fmt"
	"net/http"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
)

// withFullDisk runs do while no file can grow beyond limit bytes: what SQLite
// gets to see is what a full disk gives it.
func withFullDisk(t *testing.T, limit uint64, do func()) {
	t.Helper()
	var before syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: before.Max}))
	defer func() { require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)) }()
	do()
}

func TestAFullDiskLosesNothingAndShowsNothing(t *testing.T) {
	tenant := apptest.New(t, apptest.Settings{}).NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("OLD", "Refund of old", "", "user:alice"))
	var docs []any
	for i := range 20 {
		docs = append(docs, apptest.Ticket(fmt.Sprintf("NEW-%d", i), "Refund of new", strings.Repeat(fmt.Sprintf("word%d ", i), 500), "user:bob"))
	}
	ingester, full := tenant.As("ingester"), 0
	for limit := uint64(0); ; limit += 64 << 10 {
		var answer apptest.Answer
		withFullDisk(t, limit, func() {
			answer = ingester.Post("/v1/documents", map[string]any{"source": "jira", "documents": docs})
			require.Len(t, tenant.As("alice").Search("refund").Results, 1, "what is there can be read")
		})
		if answer.Status == http.StatusOK {
			break
		}
		full++
		require.Equal(t, http.StatusServiceUnavailable, answer.Status, "%s", answer.Body)
		require.Empty(t, tenant.As("nobody").Search("refund").Results)
	}
	require.Greater(t, full, 2, "the disk was full at several places")
	require.Len(t, tenant.As("bob").Search("refund").Results, 20)
	require.Len(t, tenant.As("alice").Search("refund").Results, 1)
}
