package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

const killedTickets = 300

// export writes a file of tickets and its access file; round says which of two
// versions, of which the second changes, adds, deletes, widens and narrows.
func export(t *testing.T, dir string, round int) {
	t.Helper()
	var lines strings.Builder
	for i := range killedTickets {
		text := "as it was"
		if round == 1 {
			switch i % 10 {
			case 0:
				continue
			case 1:
				text = "another text"
			}
		}
		viewer := fmt.Sprint("user:", i%7+round*(i%3))
		fmt.Fprintf(&lines, `{"id":"%d-%d","type":"ticket","title":"Ticket","text":%q,"relationships":[{"user":%q,"relation":"viewer"},{"user":"project:tickets/P%d","relation":"project"},{"user":"user:*","relation":"open"}]}`+"\n",
			i, round*(i%50/49), text, viewer, i%4)
	}
	access := "projects:\n"
	for i := range 4 {
		access += fmt.Sprintf("  P%d: {viewer: [\"user:p%d\", \"user:q%d\"]}\n", i, i, i+round)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tickets.jsonl.new"), []byte(lines.String()), 0o600))
	require.NoError(t, os.Rename(filepath.Join(dir, "tickets.jsonl.new"), filepath.Join(dir, "tickets.jsonl")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "access.yaml"), []byte(access), 0o600))
}

// TestAProcessThatIsKilledEndsAsOneThatWasNot kills the real program with SIGKILL
// at moments all over a sync of everything, in the first of two rounds and in
// the second, and compares all that it keeps with what a program keeps that ran
// to its end.
func TestAProcessThatIsKilledEndsAsOneThatWasNot(t *testing.T) {
	dir := t.TempDir()
	configFile := filepath.Join(dir, "eyeshot.yml")
	require.NoError(t, os.WriteFile(configFile, fmt.Appendf(nil, "authz: {timeout: 2m}\nsources:\n  - {name: tickets, type: jsonl, tenant: acme, path: %s/tickets.jsonl, access: %s/access.yaml}\n", dir, dir), 0o600))
	whole, took := filepath.Join(dir, "whole"), [2]time.Duration{}
	for round := range 2 {
		export(t, dir, round)
		began := time.Now()
		require.NoError(t, program(t.Context(), configFile, whole, "sync", "--full", "tickets").Run())
		took[round] = time.Since(began)
	}
	want := kept(t, configFile, whole)
	require.Greater(t, len(want), 4*killedTickets)
	kills := 0
	for round := range 2 {
		for part := 1; part <= 3; part++ {
			data := filepath.Join(dir, fmt.Sprint("killed-", round, "-", part))
			killed := false
			for now := range 2 {
				export(t, dir, now)
				if now == round {
					killed = killAfter(t, program(t.Context(), configFile, data, "sync", "--full", "tickets"), took[round]*time.Duration(part)/4)
				}
				require.NoError(t, program(t.Context(), configFile, data, "sync", "--full", "tickets").Run())
			}
			if killed {
				kills++
			}
			require.Empty(t, difference(want, kept(t, configFile, data)), "round %d, killed (%t) after %d/4", round, killed, part)
		}
	}
	require.Positive(t, kills)
}

// program is this test's own binary, as the command.
func program(ctx context.Context, configFile, data string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Args = append([]string{"eyeshot", "--config", configFile, "--data-dir", data}, args...)
	return cmd
}

// killAfter says whether the program was still there to be killed.
func killAfter(t *testing.T, cmd *exec.Cmd, after time.Duration) bool {
	t.Helper()
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
		return false
	case <-time.After(after):
	}
	_ = cmd.Process.Kill() // it may have ended just now
	<-ended
	return true
}

// kept lists all that a data directory keeps of the source: what is recorded,
// what is stored, and what OpenFGA says.
func kept(t *testing.T, configFile, data string) []string {
	t.Helper()
	cfg, err := config.Load(configFile, nil)
	require.NoError(t, err)
	cfg.DataDir = data
	product, err := app.Open(t.Context(), cfg, app.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	require.NoError(t, err)
	defer func() { require.NoError(t, product.Close()) }()
	var out []string
	var objects []eyeshot.Object
	for _, owner := range []string{"tickets", "tickets/acl"} {
		owned, err := product.State.OwnedBy(t.Context(), "acme", owner)
		require.NoError(t, err)
		for _, o := range owned {
			out = append(out, fmt.Sprint(owner, " ", o.Relationship, " pending:", o.Pending))
			if owner == "tickets" {
				objects = append(objects, o.Relationship.Object)
			}
		}
	}
	slices.Sort(objects)
	objects = slices.Compact(objects)
	hashes, err := product.Store.Hashes(t.Context(), "acme", objects)
	require.NoError(t, err)
	stats, err := product.Store.Stats(t.Context(), "acme")
	require.NoError(t, err)
	out = append(out, fmt.Sprint("documents in the store: ", stats.Documents))
	for object, hash := range hashes {
		out = append(out, fmt.Sprint(object, " ", hash))
	}
	return slices.Sorted(slices.Values(append(out, answers(t, product, objects)...)))
}

// answers asks OpenFGA about some people and every document.
func answers(t *testing.T, product *app.App, objects []eyeshot.Object) (out []string) {
	t.Helper()
	tenant, err := product.Tenants.Tenant(t.Context(), "acme")
	require.NoError(t, err)
	for _, user := range []eyeshot.Subject{"user:2", "user:q1"} {
		for lot := range slices.Chunk(objects, 500) {
			var checks []authz.Check
			for _, object := range lot {
				checks = append(checks, authz.Check{Subject: user, Relation: "can_read", Object: object})
			}
			verdicts, err := tenant.BatchCheck(t.Context(), checks, filters.CheckContext(time.Now()))
			require.NoError(t, err)
			for i, v := range verdicts {
				require.NoError(t, v.Err)
				out = append(out, fmt.Sprint(user, " reads ", lot[i], ": ", v.Allowed))
			}
		}
	}
	return out
}

func difference(want, got []string) []string {
	var out []string
	for _, line := range want {
		if _, found := slices.BinarySearch(got, line); !found {
			out = append(out, "- "+line)
		}
	}
	for _, line := range got {
		if _, found := slices.BinarySearch(want, line); !found {
			out = append(out, "+ "+line)
		}
	}
	return out[:min(len(out), 10)]
}
