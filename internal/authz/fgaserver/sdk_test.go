package fgaserver

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"

	openfga "github.com/openfga/go-sdk"
	"github.com/openfga/go-sdk/client"
	language "github.com/openfga/language/pkg/go/transformer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
)

// sdk returns an OpenFGA client that reaches s as the product does.
func sdk(tb testing.TB, s *Server, w world) *client.OpenFgaClient {
	tb.Helper()
	c, err := client.NewSdkClient(&client.ClientConfiguration{
		ApiUrl: "http://openfga.internal", StoreId: w.store, AuthorizationModelId: w.model,
		HTTPClient: &http.Client{Transport: s.Transport()},
	})
	require.NoError(tb, err)
	return c
}

// newSDKStore makes a store with the ticket model through the SDK.
func newSDKStore(t *testing.T, s *Server) (*client.OpenFgaClient, world) {
	t.Helper()
	ctx := context.Background()
	c := sdk(t, s, world{})
	store, err := c.CreateStore(ctx).Body(client.ClientCreateStoreRequest{Name: "acme"}).Execute()
	require.NoError(t, err)
	require.NoError(t, c.SetStoreId(store.GetId()))
	m, err := language.TransformDSLToProto(ticketModel)
	require.NoError(t, err)
	b, err := protojson.Marshal(m)
	require.NoError(t, err)
	var body client.ClientWriteAuthorizationModelRequest
	require.NoError(t, json.Unmarshal(b, &body))
	model, err := c.WriteAuthorizationModel(ctx).Body(body).Execute()
	require.NoError(t, err)
	require.NoError(t, c.SetAuthorizationModelId(model.GetAuthorizationModelId()))
	return c, world{store.GetId(), model.GetAuthorizationModelId()}
}

var access = []client.ClientTupleKey{
	{User: "user:ann", Relation: "member", Object: "group:eng"},
	{User: "group:eng#member", Relation: "viewer", Object: "project:PAY"},
	{User: "project:PAY", Relation: "project", Object: "ticket:1"},
	{User: "security_level:open", Relation: "level", Object: "ticket:1"},
	{User: "user:*", Relation: "cleared", Object: "security_level:open"},
	{User: "user:bob", Relation: "reporter", Object: "ticket:2"},
}

func withAccess(t *testing.T, s *Server) (*client.OpenFgaClient, world) {
	t.Helper()
	c, w := newSDKStore(t, s)
	_, err := c.WriteTuples(context.Background()).Body(access).Execute()
	require.NoError(t, err)
	return c, w
}

func check(t *testing.T, c *client.OpenFgaClient, user, object string) bool {
	t.Helper()
	res, err := c.Check(context.Background()).Body(client.ClientCheckRequest{User: user, Relation: "can_read", Object: object}).Execute()
	require.NoError(t, err)
	return res.GetAllowed()
}

func TestTheSDKWorksOnTheTransportAsOnAServer(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	c, w := withAccess(t, s)
	ctx := context.Background()

	t.Run("stores", func(t *testing.T) {
		stores, err := c.ListStores(ctx).Execute()
		require.NoError(t, err)
		require.Len(t, stores.GetStores(), 1)
		got, err := c.GetStore(ctx).Execute()
		require.NoError(t, err)
		require.Equal(t, "acme", got.GetName())
	})
	t.Run("models", func(t *testing.T) {
		latest, err := c.ReadLatestAuthorizationModel(ctx).Execute()
		require.NoError(t, err)
		require.Equal(t, w.model, latest.AuthorizationModel.GetId())
		all, err := c.ReadAuthorizationModels(ctx).Execute()
		require.NoError(t, err)
		require.Len(t, all.GetAuthorizationModels(), 1)
		_, err = c.ReadAuthorizationModel(ctx).Execute()
		require.NoError(t, err)
	})
	t.Run("check", func(t *testing.T) {
		require.True(t, check(t, c, "user:ann", "ticket:1"))
		require.False(t, check(t, c, "user:bob", "ticket:1"))
		require.True(t, check(t, c, "user:bob", "ticket:2"))
	})
	t.Run("batch check", func(t *testing.T) {
		res, err := c.BatchCheck(ctx).Body(client.ClientBatchCheckRequest{Checks: []client.ClientBatchCheckItem{
			{User: "user:ann", Relation: "can_read", Object: "ticket:1", CorrelationId: "a"},
			{User: "user:ann", Relation: "can_read", Object: "ticket:2", CorrelationId: "b"},
			{User: "user:ann", Relation: "nonsense", Object: "ticket:2", CorrelationId: "c"},
		}}).Execute()
		require.NoError(t, err)
		result := res.GetResult()
		a, b, broken := result["a"], result["b"], result["c"]
		require.True(t, a.GetAllowed())
		require.False(t, b.GetAllowed())
		require.Contains(t, broken.Error.GetMessage(), "nonsense")
	})
	t.Run("lists", func(t *testing.T) {
		body := client.ClientListObjectsRequest{User: "user:ann", Relation: "can_read", Type: "ticket"}
		list, err := c.ListObjects(ctx).Body(body).Execute()
		require.NoError(t, err)
		require.Equal(t, []string{"ticket:1"}, list.GetObjects())
		users, err := c.ListUsers(ctx).Body(client.ClientListUsersRequest{
			Object: openfga.FgaObject{Type: "ticket", Id: "2"}, Relation: "can_read", UserFilters: []openfga.UserTypeFilter{{Type: "user"}},
		}).Execute()
		require.NoError(t, err)
		require.Len(t, users.GetUsers(), 1)
		tree, err := c.Expand(ctx).Body(client.ClientExpandRequest{Relation: "viewer", Object: "project:PAY"}).Execute()
		require.NoError(t, err)
		require.Equal(t, "project:PAY#viewer", tree.Tree.Root.GetName())
	})
	t.Run("streamed list", func(t *testing.T) {
		require.Equal(t, []string{"ticket:2"}, streamed(t, c, "user:bob"))
	})
	t.Run("read and changes", func(t *testing.T) {
		page, err := c.Read(ctx).Body(client.ClientReadRequest{}).Options(client.ClientReadOptions{PageSize: openfga.PtrInt32(4)}).Execute()
		require.NoError(t, err)
		require.Len(t, page.GetTuples(), 4)
		rest, err := c.Read(ctx).Body(client.ClientReadRequest{}).Options(client.ClientReadOptions{ContinuationToken: openfga.PtrString(page.GetContinuationToken())}).Execute()
		require.NoError(t, err)
		require.Len(t, rest.GetTuples(), len(access)-4)
		changes, err := c.ReadChanges(ctx).Body(client.ClientReadChangesRequest{}).Execute()
		require.NoError(t, err)
		require.Len(t, changes.GetChanges(), len(access))
	})
	t.Run("assertions", func(t *testing.T) {
		_, err := c.WriteAssertions(ctx).Body(client.ClientWriteAssertionsRequest{{User: "user:ann", Relation: "can_read", Object: "ticket:1", Expectation: true}}).Execute()
		require.NoError(t, err)
		got, err := c.ReadAssertions(ctx).Execute()
		require.NoError(t, err)
		require.Len(t, got.GetAssertions(), 1)
	})
	t.Run("deleting the store", func(t *testing.T) {
		_, err := c.DeleteStore(ctx).Execute()
		require.NoError(t, err)
		_, err = c.GetStore(ctx).Execute()
		var notFound openfga.FgaApiNotFoundError
		require.ErrorAs(t, err, &notFound)
	})
}

// streamed lists what a user can read through the streaming call.
func streamed(t *testing.T, c *client.OpenFgaClient, user string) []string {
	t.Helper()
	res, err := c.StreamedListObjects(context.Background()).Body(client.ClientStreamedListObjectsRequest{User: user, Relation: "can_read", Type: "ticket"}).Execute()
	require.NoError(t, err)
	defer res.Close()
	var objects []string
	for o := range res.Objects {
		objects = append(objects, o.Object)
	}
	require.NoError(t, <-res.Errors)
	slices.Sort(objects)
	return objects
}

func TestAStreamedListHasEveryObjectOfALargeStore(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir(), MaxTuplesPerWrite: 1000})
	w := newWorld(t, s, smallWorld)
	c := sdk(t, s, w)
	res, err := c.ListObjects(context.Background()).Body(client.ClientListObjectsRequest{User: userName(1), Relation: "can_read", Type: "ticket"}).Execute()
	require.NoError(t, err)
	require.NotEmpty(t, res.GetObjects())
	want := res.GetObjects()
	slices.Sort(want)
	require.Equal(t, want, streamed(t, c, userName(1)))
}

func TestWritesMayIgnoreWhatIsThereOrMissing(t *testing.T) {
	c, _ := withAccess(t, open(t, Config{Dir: t.TempDir()}))
	ctx := context.Background()
	again := client.ClientWriteRequest{
		Writes:  access[:1],
		Deletes: []client.ClientTupleKeyWithoutCondition{{User: "user:nobody", Relation: "member", Object: "group:eng"}},
	}
	_, err := c.Write(ctx).Body(again).Execute()
	var invalid openfga.FgaApiValidationError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, http.StatusBadRequest, invalid.ResponseStatusCode())
	require.Equal(t, openfga.ERRORCODE_WRITE_FAILED_DUE_TO_INVALID_INPUT, invalid.ResponseCode())

	_, err = c.Write(ctx).Body(again).Options(client.ClientWriteOptions{Conflict: client.ClientWriteConflictOptions{
		OnDuplicateWrites: client.CLIENT_WRITE_REQUEST_ON_DUPLICATE_WRITES_IGNORE,
		OnMissingDeletes:  client.CLIENT_WRITE_REQUEST_ON_MISSING_DELETES_IGNORE,
	}}).Execute()
	require.NoError(t, err)
	require.True(t, check(t, c, "user:ann", "ticket:1"))
}

func TestARevocationHoldsForTheNextCheckEvenAtLowConsistency(t *testing.T) {
	c, _ := withAccess(t, open(t, Config{Dir: t.TempDir()}))
	ctx := context.Background()
	low := client.ClientCheckOptions{Consistency: openfga.CONSISTENCYPREFERENCE_MINIMIZE_LATENCY.Ptr()}
	ask := func() bool {
		res, err := c.Check(ctx).Body(client.ClientCheckRequest{User: "user:ann", Relation: "can_read", Object: "ticket:1"}).Options(low).Execute()
		require.NoError(t, err)
		return res.GetAllowed()
	}
	for range 20 {
		require.True(t, ask())
		_, err := c.DeleteTuples(ctx).Body([]client.ClientTupleKeyWithoutCondition{{User: "user:ann", Relation: "member", Object: "group:eng"}}).Execute()
		require.NoError(t, err)
		require.False(t, ask())
		_, err = c.WriteTuples(ctx).Body(access[:1]).Execute()
		require.NoError(t, err)
	}
}

func TestErrorsAreThoseOfARemoteServer(t *testing.T) {
	c, _ := withAccess(t, open(t, Config{Dir: t.TempDir(), MaxChecksPerBatchCheck: 2, MaxTuplesPerWrite: len(access)}))
	ctx := context.Background()
	_, err := c.Check(ctx).Body(client.ClientCheckRequest{User: "user:ann", Relation: "nonsense", Object: "ticket:1"}).Execute()
	requireCode(t, err, openfga.ERRORCODE_VALIDATION_ERROR)

	none := "01HZX00000000000000000000A"
	_, err = c.Check(ctx).Body(client.ClientCheckRequest{User: "user:ann", Relation: "can_read", Object: "ticket:1"}).
		Options(client.ClientCheckOptions{AuthorizationModelId: &none}).Execute()
	requireCode(t, err, openfga.ERRORCODE_AUTHORIZATION_MODEL_NOT_FOUND)

	var many []client.ClientBatchCheckItem
	for _, id := range []string{"a", "b", "c"} {
		many = append(many, client.ClientBatchCheckItem{User: "user:ann", Relation: "can_read", Object: "ticket:1", CorrelationId: id})
	}
	_, err = c.BatchCheck(ctx).Body(client.ClientBatchCheckRequest{Checks: many}).Execute()
	requireCode(t, err, openfga.ERRORCODE_VALIDATION_ERROR)

	var tooMany []client.ClientTupleKey
	for n := range len(access) + 1 {
		tooMany = append(tooMany, client.ClientTupleKey{User: userName(n), Relation: "member", Object: "group:eng"})
	}
	_, err = c.Write(ctx).Body(client.ClientWriteRequest{Writes: tooMany}).Execute()
	requireCode(t, err, openfga.ERRORCODE_EXCEEDED_ENTITY_LIMIT)
}

func requireCode(t *testing.T, err error, want openfga.ErrorCode) {
	t.Helper()
	var invalid openfga.FgaApiValidationError
	require.True(t, errors.As(err, &invalid), "%v", err)
	require.Equal(t, want, invalid.ResponseCode())
}
