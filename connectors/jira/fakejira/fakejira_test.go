package fakejira_test

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

// contract is read once for all tests: it is large.
var contract = sync.OnceValues(func() (*fakejira.Contract, error) {
	return fakejira.LoadContract(filepath.Join("..", "..", "..", "..", "shared", "contracts", "jira-cloud-v3.openapi.json.gz"))
})

// site is a fake whose every request and answer is held against the contract.
func site(t *testing.T, w *fakejira.World, options fakejira.Options) (*fakejira.Server, string) {
	t.Helper()
	c, err := contract()
	if os.IsNotExist(err) {
		t.Skip("Atlassian's OpenAPI document is not here (../shared/contracts)")
	}
	require.NoError(t, err)
	fake := fakejira.New(w, options)
	server := httptest.NewServer(c.Validate(fake, func(err error) { t.Error(err) }))
	t.Cleanup(server.Close)
	return fake, server.URL
}

func random(seed uint64) *fakejira.World {
	return fakejira.Random(rand.New(rand.NewPCG(seed, 1)), 30, 60)
}

// get asks as an account, by its e-mail and token; "" is nobody in particular.
func get(t *testing.T, base, path, email, token string, out any) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, base+path, nil)
	require.NoError(t, err)
	if email != "" {
		request.SetBasicAuth(email, token)
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	if out != nil {
		require.NoError(t, json.Unmarshal(text, out), string(text))
	}
	return answer.StatusCode
}

func TestEveryRouteAnswersAsTheContractHasIt(t *testing.T) {
	w := random(1)
	_, base := site(t, w, fakejira.Options{})
	for _, path := range []string{
		"/rest/api/3/serverInfo", "/rest/api/3/myself", "/rest/api/3/mypermissions?permissions=ADMINISTER,BROWSE_PROJECTS", "/rest/api/3/field",
		"/rest/api/3/search/jql?jql=" + url.QueryEscape("project = PAY ORDER BY key") + "&fields=*all&expand=changelog",
		"/rest/api/3/search/jql?jql=" + url.QueryEscape(`updated >= "-9000m" AND project in (PAY, WEB)`),
		"/rest/api/3/issue/" + w.Issues[0].Key, "/rest/api/3/issue/20007/comment?maxResults=10&startAt=20",
		"/rest/api/3/project/search?status=live&status=archived", "/rest/api/3/project/PAY", "/rest/api/3/project/PAY/role", "/rest/api/3/project/10000/role/10002",
		"/rest/api/3/role", "/rest/api/3/applicationrole", "/rest/api/3/group/bulk", "/rest/api/3/group/member?groupId=g-1", "/rest/api/3/users/search?maxResults=5",
		"/rest/api/3/user?accountId=acc-05", "/rest/api/3/user/groups?accountId=acc-05", "/rest/api/3/permissionscheme?expand=all", "/rest/api/3/permissionscheme/100?expand=all",
		"/rest/api/3/project/PAY/permissionscheme?expand=all", "/rest/api/3/issuesecurityschemes", "/rest/api/3/project/PAY/issuesecuritylevelscheme", "/rest/api/3/issuesecurityschemes/level/member?schemeId=200",
	} {
		require.Equal(t, http.StatusOK, get(t, base, path, fakejira.ReaderEmail, fakejira.ReaderToken, nil), path)
	}
	for _, path := range []string{"/rest/api/3/issue/NO-1", "/rest/api/3/project/NO", "/rest/api/3/project/TEAM/issuesecuritylevelscheme"} {
		require.Equal(t, http.StatusNotFound, get(t, base, path, fakejira.ReaderEmail, fakejira.ReaderToken, nil), path)
	}
	require.Equal(t, http.StatusForbidden, get(t, base, "/rest/api/3/group/bulk", "user05@example.com", "token-05", nil))
	require.Equal(t, http.StatusUnauthorized, get(t, base, "/rest/api/3/group/bulk", "", "", nil))
	require.Equal(t, http.StatusUnauthorized, get(t, base, "/rest/api/3/myself", "user05@example.com", "wrong", nil))
}

func TestWhatIsNotOfTheContractIsReported(t *testing.T) {
	c, err := contract()
	if os.IsNotExist(err) {
		t.Skip("Atlassian's OpenAPI document is not here (../shared/contracts)")
	}
	require.NoError(t, err)
	for name, answer := range map[string]string{"a field that is unknown": `{"issues":[],"isLast":true,"more":1}`, "a type that is wrong": `{"issues":{}}`} {
		var broken []error
		handler := c.Validate(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Content-Type", "application/json")
			_, _ = out.Write([]byte(answer))
		}), func(err error) { broken = append(broken, err) })
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/rest/api/3/search/jql?jql=x", nil))
		require.Len(t, broken, 1, name)
		broken = nil
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/rest/api/3/search/jql?maxResults=many", nil))
		require.Len(t, broken, 2, "the request as well")
		broken = nil
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/rest/api/3/nothing", nil))
		require.Len(t, broken, 1)
	}
}

func TestASearchIsWalkedByTokens(t *testing.T) {
	_, base := site(t, random(2), fakejira.Options{PageSize: 4})
	seen, next := map[string]bool{}, ""
	for {
		var page struct {
			Issues []struct{ Key string }
			Next   string `json:"nextPageToken"`
			IsLast bool
		}
		path := "/rest/api/3/search/jql?fields=summary&jql=" + url.QueryEscape("project is not EMPTY ORDER BY key ASC") + "&nextPageToken=" + url.QueryEscape(next)
		require.Equal(t, http.StatusOK, get(t, base, path, fakejira.ReaderEmail, fakejira.ReaderToken, &page))
		for _, i := range page.Issues {
			require.False(t, seen[i.Key])
			require.False(t, strings.HasPrefix(i.Key, "OLD-"), "archived projects are not searched")
			seen[i.Key] = true
		}
		require.Equal(t, page.Next == "", page.IsLast)
		if next = page.Next; next == "" {
			break
		}
	}
	require.Len(t, seen, 50)
}

func TestAQueryWithoutARestrictionIsRefused(t *testing.T) {
	_, base := site(t, random(2), fakejira.Options{})
	for _, jql := range []string{"", "ORDER BY key", "colour = red", "key ~ x"} {
		require.Equal(t, http.StatusBadRequest, get(t, base, "/rest/api/3/search/jql?jql="+url.QueryEscape(jql), fakejira.ReaderEmail, fakejira.ReaderToken, nil), jql)
	}
}

func TestFaultsStrikeAsTheScriptSays(t *testing.T) {
	fake, base := site(t, random(2), fakejira.Options{})
	fake.Inject(fakejira.Fault{Path: "/field", Skip: 1, Times: 2, Status: http.StatusTooManyRequests, RetryAfter: "3"}, fakejira.Fault{Path: "/myself", Status: http.StatusUnauthorized})
	var statuses []int
	for range 4 {
		statuses = append(statuses, get(t, base, "/rest/api/3/field", fakejira.ReaderEmail, fakejira.ReaderToken, nil))
	}
	require.Equal(t, []int{200, 429, 429, 200}, statuses)
	require.Equal(t, 401, get(t, base, "/rest/api/3/myself", fakejira.ReaderEmail, fakejira.ReaderToken, nil))
	require.Equal(t, 3, fake.Heal())
}
