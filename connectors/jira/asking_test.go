package jira_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

// visible asks the fake over HTTP, as the user, for all issues that a search
// finds and all comments on them. Who is not let in sees what is public, as
// anybody does.
func (s *site) visible(t require.TestingT, user *fakejira.User) map[eyeshot.Object]bool {
	out := map[eyeshot.Object]bool{}
	next := ""
	for {
		var page struct {
			Next   string `json:"nextPageToken"`
			Issues []struct {
				ID, Key string
				Fields  struct {
					Comment struct {
						Total    int
						Comments []struct{ ID string }
					}
				}
			}
		}
		query := url.Values{"jql": {"project is not EMPTY ORDER BY key ASC"}, "fields": {"comment"}, "maxResults": {"100"}}
		if next != "" {
			query.Set("nextPageToken", next)
		}
		status := s.ask(t, user, "/rest/api/3/search/jql?"+query.Encode(), &page)
		if status == http.StatusUnauthorized && user != nil {
			return s.visible(t, nil)
		}
		require.Equal(t, http.StatusOK, status)
		for _, i := range page.Issues {
			out[eyeshot.Object("ticket:jira/"+i.Key)] = true
			comments := i.Fields.Comment.Comments
			for len(comments) < i.Fields.Comment.Total {
				var more struct{ Comments []struct{ ID string } }
				path := fmt.Sprintf("/rest/api/3/issue/%s/comment?startAt=%d", i.ID, len(comments))
				require.Equal(t, http.StatusOK, s.ask(t, user, path, &more))
				comments = append(comments, more.Comments...)
			}
			for _, c := range comments {
				out[eyeshot.Object("comment:jira/"+c.ID)] = true
			}
		}
		if next = page.Next; next == "" {
			return out
		}
	}
}

func (s *site) ask(t require.TestingT, user *fakejira.User, path string, out any) int {
	request, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	require.NoError(t, err)
	if user != nil {
		request.SetBasicAuth(user.Email, user.Token)
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		require.NoError(t, json.NewDecoder(answer.Body).Decode(out))
	}
	return answer.StatusCode
}
