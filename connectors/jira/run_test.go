package jira_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
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
	identities := func() {
		for _, err := range c.Identities(t.Context()) {
			require.NoError(t, err)
		}
	}
	require.Zero(t, requests(identities), "a run has just read who is who")
	now = now.Add(time.Hour)
	require.NotZero(t, requests(identities))
}

// crowd answers for 100,000 accounts, all of them in two groups, and leaves the
// rest to the fake. Pages are made once: the contract is left aside here.
func crowd(rest http.Handler) http.Handler {
	const size = 1000
	pages := make([]string, 100)
	for n := range pages {
		beans := make([]string, size)
		for m := range beans {
			beans[m] = fmt.Sprintf(`{"accountId":"many-%d","accountType":"atlassian","active":true}`, n*size+m)
		}
		pages[n] = "[" + strings.Join(beans, ",") + "]"
	}
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		start, _ := strconv.Atoi(in.URL.Query().Get("startAt"))
		page := "[]"
		if start/size < len(pages) {
			page = pages[start/size]
		}
		group := in.URL.Query().Get("groupId")
		switch {
		case strings.HasSuffix(in.URL.Path, "/users/search"):
			_, _ = io.WriteString(out, page)
		case group == "g-software" || group == "g-0":
			_, _ = io.WriteString(out, `{"total":100000,"values":`+page+`}`)
		default:
			rest.ServeHTTP(out, in)
		}
	})
}

// A group of 100,000 is told page by page.
func TestGroupsOf100000AreTold(t *testing.T) {
	server := httptest.NewServer(crowd(fakejira.New(small(), fakejira.Options{})))
	t.Cleanup(server.Close)
	config := (&site{url: server.URL}).config()
	config.PageSize = 1000
	c := connect(t, config)
	n := map[string]int{}
	for r, err := range c.Access(t.Context()) {
		require.NoError(t, err)
		n[string(r.Object)]++
	}
	require.Equal(t, 100_000, n["group:jira/group/g-software"])
	require.Equal(t, 100_000, n["group:jira/group/g-0"])
	require.Less(t, c.Requests(), int64(400))
}
