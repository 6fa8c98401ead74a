package jira_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

// Access and the reading behind it are of one picture of Jira, which is asked
// for once a run and not kept for another.
func TestARunLooksAtAccountsAndSchemesOnce(t *testing.T) {
	s := serve(t, small(), fakejira.Options{})
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	config := s.config()
	config.Now = func() time.Time { return now }
	c := connect(t, config)
	requests := func(do func()) int64 {
		before := c.Requests()
		do()
		return c.Requests() - before
	}
	permissions := func() { require.NoError(t, connectortest.Read(c.Permissions(t.Context()), -1).Err) }
	alone := requests(permissions)
	told(t, c)
	behind := requests(permissions)
	require.Less(t, behind, alone-10)
	require.Equal(t, alone, requests(permissions), "the next one looks again")
	told(t, c)
	now = now.Add(3 * time.Minute)
	require.Equal(t, alone, requests(permissions), "what is old is of no use")
}

// A group of 100,000 is told page by page.
func TestGroupsOf100000AreTold(t *testing.T) {
	w := small()
	everybody := w.Group("g-software")
	for n := range 100_000 {
		id := fmt.Sprint("many-", n)
		w.Users = append(w.Users, &fakejira.User{ID: id, Name: id, Email: id + "@example.com", Kind: "atlassian", Active: true})
		everybody.Members = append(everybody.Members, id)
	}
	w.Group("g-0").Members = everybody.Members
	// The contract is left aside: it would take minutes here.
	server := httptest.NewServer(fakejira.New(w, fakejira.Options{PageSize: 1000}))
	t.Cleanup(server.Close)
	config := (&site{url: server.URL}).config()
	config.PageSize = 1000
	c := connect(t, config)
	n := map[string]int{}
	for r, err := range c.Access(t.Context()) {
		require.NoError(t, err)
		n[string(r.Object)]++
	}
	require.GreaterOrEqual(t, n["group:jira/group/g-software"], 100_000)
	require.GreaterOrEqual(t, n["group:jira/group/g-0"], 100_000)
	require.Less(t, c.Requests(), int64(400))
}
