package fgaserver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	language "github.com/openfga/language/pkg/go/transformer"
	"github.com/stretchr/testify/require"
)

// ticketModel is a tracker's permissions in small: a ticket is readable by who
// may browse its project and is cleared for its level, or has reported it.
const ticketModel = `
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type project
  relations
    define viewer: [user, group#member]
type security_level
  relations
    define cleared: [user, user:*, group#member]
type ticket
  relations
    define project: [project]
    define level: [security_level]
    define reporter: [user]
    define browse: viewer from project
    define cleared: cleared from level
    define can_read: (browse and cleared) or reporter
`

// worldSize says how much there is of what.
type worldSize struct{ tickets, users, groups, projects, levels int }

var (
	bigWorld   = worldSize{tickets: 100_000, users: 10_000, groups: 2_000, projects: 500, levels: 8}
	smallWorld = worldSize{tickets: 400, users: 60, groups: 24, projects: 10, levels: 3}
)

// tuples gives the relationships of a world of that size, the same every time:
// groups form a forest about six deep, every user is in three groups, every
// project is open to four groups.
func (w worldSize) tuples() []*openfgav1.TupleKey {
	r := rand.New(rand.NewPCG(1, 2))
	var out []*openfgav1.TupleKey
	add := func(object, relation, user string) {
		out = append(out, &openfgav1.TupleKey{Object: object, Relation: relation, User: user})
	}
	for g := 1; g < w.groups; g++ {
		if g%4 != 0 {
			add(groupName(g/4), "member", groupName(g)+"#member")
		}
	}
	for u := range w.users {
		for _, g := range r.Perm(w.groups)[:3] {
			add(groupName(g), "member", userName(u))
		}
	}
	for p := range w.projects {
		for _, g := range r.Perm(w.groups)[:4] {
			add(projectName(p), "viewer", groupName(g)+"#member")
		}
	}
	add(levelName(0), "cleared", "user:*")
	for l := 1; l < w.levels; l++ {
		for _, g := range r.Perm(w.groups)[:min(10, w.groups/4)] {
			add(levelName(l), "cleared", groupName(g)+"#member")
		}
	}
	for t := range w.tickets {
		level := 0
		if r.IntN(4) == 0 {
			level = 1 + r.IntN(w.levels-1)
		}
		add(ticketName(t), "project", projectName(r.IntN(w.projects)))
		add(ticketName(t), "level", levelName(level))
		add(ticketName(t), "reporter", userName(r.IntN(w.users)))
	}
	return out
}

func groupName(n int) string   { return fmt.Sprintf("group:team-%d", n) }
func userName(n int) string    { return fmt.Sprintf("user:u%d@example.com", n) }
func projectName(n int) string { return fmt.Sprintf("project:jira-main/P%d", n) }
func levelName(n int) string   { return fmt.Sprintf("security_level:jira-main/L%d", n) }
func ticketName(n int) string  { return fmt.Sprintf("ticket:jira-main/PAY-%d", n) }

// world is a store in a server, with the ticket model and its tuples.
type world struct{ store, model string }

func newWorld(tb testing.TB, s *Server, size worldSize) world {
	tb.Helper()
	ctx := context.Background()
	client := openfgav1.NewOpenFGAServiceClient(s.Conn())
	store, err := client.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "world"})
	require.NoError(tb, err)
	model, err := language.TransformDSLToProto(ticketModel)
	require.NoError(tb, err)
	written, err := client.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{
		StoreId: store.GetId(), SchemaVersion: model.GetSchemaVersion(), TypeDefinitions: model.GetTypeDefinitions(),
	})
	require.NoError(tb, err)
	tuples := size.tuples()
	for lot := s.datastore.MaxTuplesPerWrite(); len(tuples) > 0; {
		n := min(lot, len(tuples))
		_, err := client.Write(ctx, &openfgav1.WriteRequest{
			StoreId: store.GetId(), AuthorizationModelId: written.GetAuthorizationModelId(),
			Writes: &openfgav1.WriteRequestWrites{TupleKeys: tuples[:n]},
		})
		require.NoError(tb, err)
		tuples = tuples[n:]
	}
	return world{store: store.GetId(), model: written.GetAuthorizationModelId()}
}

func open(tb testing.TB, cfg Config) *Server {
	tb.Helper()
	s, err := Open(context.Background(), cfg)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close(context.Background())) })
	return s
}
