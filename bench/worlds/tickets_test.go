package worlds_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
)

const (
	someTickets = `{"key":"A-1","project":"A","title":"the crane","description":"is stuck"}
{"key":"A-2","project":"A","title":"the gate"}
{"key":"B-1","project":"B","title":"the quay"}
`
	someTeams = `{"org":"port","team":"all","members":["ann"],"maintainers":["bob","ann"]}
{"org":"port","team":"crane","parent":"all","members":["cat"]}
`
)

func ticketsAndTeams(t *testing.T, tickets, teams string) (*worlds.Tickets, error) {
	t.Helper()
	dir := t.TempDir()
	paths := [2]string{filepath.Join(dir, "tickets.jsonl"), filepath.Join(dir, "teams.jsonl")}
	require.NoError(t, os.WriteFile(paths[0], []byte(tickets), 0o600))
	require.NoError(t, os.WriteFile(paths[1], []byte(teams), 0o600))
	return worlds.ReadTickets(paths[0], paths[1])
}

// byLength embeds a text as one that points where its length says.
func byLength(texts []string) ([][]float32, error) {
	all := make([][]float32, len(texts))
	for i, text := range texts {
		all[i] = []float32{1, 0}
		if len(text)%2 == 0 {
			all[i] = []float32{0, 1}
		}
	}
	return all, nil
}

func TestRealTicketsStayInTheirProjectsAndTeamsViewThemWithWhoIsInside(t *testing.T) {
	read, err := ticketsAndTeams(t, someTickets, someTeams)
	require.NoError(t, err)
	w, err := worlds.FromTickets(worlds.GradedSize{Documents: 100, Dimension: 2, Shares: []float64{0.01, 1}, PerGrade: 3}, read, byLength, 1)
	require.NoError(t, err)
	require.Equal(t, 3, w.Documents, "there are no more")
	require.ElementsMatch(t, []eyeshot.Object{"ticket:jira/A-1", "ticket:jira/A-2", "ticket:jira/B-1"}, w.Objects)
	require.Equal(t, []float64{1}, w.Shares, "both teams view both projects")
	var people []eyeshot.Object
	for _, p := range w.Principals {
		people = append(people, p.Subject)
	}
	require.ElementsMatch(t, []eyeshot.Object{"user:ann", "user:bob", "user:cat"}, people)
	require.Contains(t, w.Texts, "the crane\nis stuck")
	require.Equal(t, read.SHA256, w.Describe()["sha256"])
	holdsWhatItSays(t, w)
}

func TestWhatAreNoTicketsOrTeamsIsRefused(t *testing.T) {
	for _, files := range [][2]string{
		{"", someTeams}, {someTickets, ""}, {"{", someTeams}, {`{"key":"A 1","project":"A"}`, someTeams}, {someTickets, `{"team":"x"}`},
	} {
		_, err := ticketsAndTeams(t, files[0], files[1])
		require.ErrorIs(t, err, eyeshot.ErrInvalid, "%q", files)
	}
}

func TestRealTicketsOfRealTeamsHavePrincipalsOfSeveralGrades(t *testing.T) {
	data := filepath.Join("..", "..", "..", "shared", "data")
	if _, err := os.Stat(filepath.Join(data, "k8s-teams.jsonl.gz")); err != nil {
		t.Skip("the real tickets and teams are not beside this clone: " + data)
	}
	read, err := worlds.ReadTickets(filepath.Join(data, "tickets.jsonl.gz"), filepath.Join(data, "k8s-teams.jsonl.gz"))
	require.NoError(t, err)
	w, err := worlds.FromTickets(worlds.GradedSize{Documents: 3000, Dimension: 2, Shares: []float64{0.01, 0.05, 0.2, 0.5}, PerGrade: 2}, read, byLength, 1)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(w.Shares), 2, "%v", w.Describe())
	holdsWhatItSays(t, w)
}
