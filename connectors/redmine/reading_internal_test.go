package redmine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

func TestARoleThatMembersHaveIsNotThatOfNonMembers(t *testing.T) {
	c := connectTo(t, answers{"/roles.json": map[string]any{"roles": []ref{{ID: 1, Name: "Manager"}}}, "/roles/1.json": map[string]any{"role": apiRole{ID: 1}}}, nil)
	require.ErrorIs(t, c.loadRoles(t.Context(), &roster{roles: map[int]role{}, nonMember: 1}), eyeshot.ErrInvalid)
}

func TestWhoMayNotSignInIsNobody(t *testing.T) {
	list := func(users ...apiUser) any { return map[string]any{"total_count": len(users), "users": users} }
	c := connectTo(t, answers{"/users.json?status=1": list(apiUser{ID: 1, Login: "ana"}), "/users.json?status=2": list(apiUser{ID: 2, Login: "ben"}),
		"/users.json?status=3": list(apiUser{ID: 3, Login: "cleo"})}, nil)
	r := &roster{accounts: map[int]apiUser{}}
	require.NoError(t, c.loadAccounts(t.Context(), r))
	ana, known := r.subject(1)
	require.True(t, known)
	require.Equal(t, eyeshot.Subject("user:ana"), ana)
	for _, id := range []int{2, 3, 4} {
		_, known := r.subject(id)
		require.False(t, known, id)
	}
}

func TestAShortPageOfIssuesIsAnError(t *testing.T) {
	page := map[string]any{"total_count": 3, "issues": []apiIssue{{ID: 1}, {ID: 2}}}
	c := connectTo(t, answers{"/issues.json": page}, nil)
	_, _, err := c.issuePage(t.Context(), "", nil, 0)
	require.ErrorIs(t, err, httpsource.ErrTruncated)
	page["total_count"] = 2
	page["issues"] = []apiIssue{{ID: 2}, {ID: 1}}
	_, _, err = c.issuePage(t.Context(), "", nil, 0)
	require.ErrorIs(t, err, httpsource.ErrDrift)
	delete(page, "total_count")
	_, _, err = c.issuePage(t.Context(), "", nil, 0)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
}

// What someone sees by a new role is not told of the one that they had.
func TestASightIsOfTheRolesThatAreStillThere(t *testing.T) {
	r := newRoster(1)
	r.with(project{apiProject: apiProject{ID: 1}, users: map[int]set{1: {tester: true}}})
	user := func(role int) any {
		return map[string]any{"user": map[string]any{"memberships": []any{map[string]any{"project": ref{ID: 1}, "roles": []ref{{ID: role}}}}}}
	}
	a := answers{"/projects.json as u1": map[string]any{"total_count": 1, "projects": []apiProject{r.projects[0].apiProject}}, "/users/1.json": user(tester)}
	c := connectTo(t, a, nil)
	sights, err := c.look(t.Context(), r, 1)
	require.NoError(t, err)
	require.Len(t, sights, 1)
	a["/users/1.json"] = user(lead)
	sights, err = c.look(t.Context(), r, 1)
	require.NoError(t, err)
	require.Empty(t, sights)
}

func TestWhatDoesNotSayThatItIsPublicIsNot(t *testing.T) {
	require.True(t, facts(&apiIssue{Journals: []apiJournal{{ID: 1, Notes: "x"}}})[0].private)
	r := newRoster(1)
	r.with(project{apiProject: apiProject{ID: 1, Identifier: "pay"}})
	w := &writer{roster: r, names: names{"r"}, scopes: map[scopeKey]scopeFacts{}}
	_, err := w.ticketAccess(&apiIssue{ID: 1, Project: &ref{ID: 1}, Tracker: &ref{ID: 1}})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}

func TestTicketsAreOpenOnlyWhereEverybodyMayReadThem(t *testing.T) {
	r := newRoster(2)
	r.roles[1] = role{issues: public, trackers: map[int]verdict{1: seen, 2: seen}}
	p := r.with(project{apiProject: apiProject{ID: 1, Identifier: "pay", IsPublic: true}, users: map[int]set{}})
	open := func(private bool) bool {
		w := &writer{roster: r, names: names{"r"}, scopes: map[scopeKey]scopeFacts{}}
		access, err := w.ticketAccess(&apiIssue{ID: 1, Project: &ref{ID: 1}, Tracker: &ref{ID: 1}, IsPrivate: &private})
		require.NoError(t, err)
		return strings.Contains(fmt.Sprint(access), "open")
	}
	require.False(t, open(false))
	r.public = true
	require.True(t, open(false))
	require.False(t, open(true))
	p.users[1] = set{reporter: true}
	require.False(t, open(false), "a reporter may see any issue here at all, and would see all")
}

func TestNotesAreReadAgainWhereTheirIssueMayHaveChangedAndInTurn(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	cache := noteCache{byIssue: map[int]cachedNotes{}}
	issue := func(id int, updated time.Time) *apiIssue {
		return &apiIssue{ID: id, UpdatedOn: updated, Journals: []apiJournal{{ID: 10 * id, Notes: "x"}}}
	}
	for id := 1; id <= 5; id++ {
		cache.put(issue(id, now.Add(-time.Hour)), now)
	}
	_, known := cache.get(issue(1, now.Add(-time.Hour)))
	require.True(t, known)
	_, known = cache.get(issue(1, now))
	require.False(t, known)
	cache.put(issue(6, now), now)
	_, known = cache.get(issue(6, now))
	require.False(t, known, "another note may come within the same second")
	turns := set{}
	for range 3 {
		for id := range cache.next(2) {
			turns[id] = true
		}
	}
	require.Len(t, turns, 6)
}

func TestACheckpointThatWouldBeTooLongForgetsWhatCanBeToldTwice(t *testing.T) {
	seen := horizon{Wikis: map[int]string{}}
	for id := range 20000 {
		seen.Issues = append(seen.Issues, id)
		seen.Wikis[id] = "1234567"
	}
	text := checkpoint{Phase: changes, Began: time.Now(), Seen: seen}.text()
	require.LessOrEqual(t, len(text), 64<<10)
	back, err := parse(text, changes)
	require.NoError(t, err)
	require.NotEmpty(t, back.Seen.Issues)
	_, err = parse(text, inIssues)
	require.ErrorIs(t, err, connectors.ErrCheckpoint)
}

func TestAWebhookIsBelievedWhereItsSignatureIsRightAndItIsFresh(t *testing.T) {
	c := connectTo(t, nil, func(config *Config) { config.HookSecret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" })
	now := time.Unix(1614265330, 0)
	body := []byte(`{"test": 2432232314}`)
	header := func(id, at, signature string) http.Header {
		return http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}
	}
	good := "v1," + sign(c.config.HookSecret, "msg_1.1614265330.", body)
	delivery, err := c.VerifyHook(header("msg_1", "1614265330", "v1,AAAA "+good), body, now)
	require.NoError(t, err)
	require.Equal(t, connectors.Delivery{ID: "msg_1", At: now}, delivery)
	for name, bad := range map[string]http.Header{
		"another id":     header("msg_2", "1614265330", good),
		"another time":   header("msg_1", "1614265331", good),
		"no time":        header("msg_1", "", good),
		"no signature":   header("msg_1", "1614265330", ""),
		"another scheme": header("msg_1", "1614265330", strings.Replace(good, "v1,", "v2,", 1)),
	} {
		_, err := c.VerifyHook(bad, body, now)
		require.ErrorIs(t, err, eyeshot.ErrUnauthenticated, name)
	}
	for _, at := range []time.Time{now.Add(hookAge + time.Second), now.Add(-hookAge - time.Second)} {
		_, err := c.VerifyHook(header("msg_1", "1614265330", good), body, at)
		require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
	}
	_, err = c.VerifyHook(header("msg_1", "1614265330", good), append(body, ' '), now)
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
	c.config.HookSecret = ""
	_, err = c.VerifyHook(header("msg_1", "1614265330", "v1,"+sign("", "msg_1.1614265330.", body)), body, now)
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
}

func sign(secret, prefix string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(prefix + string(body)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// An issue that has changed, in a project that is new, matches two filters.
func TestAnIssueIsToldOnceHoweverManyFiltersItMatches(t *testing.T) {
	public := false
	issue := apiIssue{ID: 7, Project: &ref{ID: 1}, Tracker: &ref{ID: 1}, IsPrivate: &public}
	c := connectTo(t, answers{"/issues.json": map[string]any{"total_count": 1, "issues": []apiIssue{issue}}, "/issues/7.json": map[string]any{"issue": issue}}, nil)
	r := newRoster(1)
	r.with(project{apiProject: apiProject{ID: 1, Identifier: "pay"}})
	var told []eyeshot.Object
	reading := &reading{Connector: c, ctx: t.Context(), writer: &writer{roster: r, names: c.names, scopes: map[scopeKey]scopeFacts{}},
		yield: func(item connectors.Item, err error) bool {
			told = append(told, item.Document.Object)
			return err == nil
		}}
	seen := issueSet{}
	for range 2 {
		require.NoError(t, reading.someIssues(inProject(1), seen))
	}
	require.Equal(t, []eyeshot.Object{"ticket:r/7"}, told)
}
