package fakejira

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// search is what a search asks for, by GET or POST.
type search struct {
	JQL    string   `json:"jql"`
	Token  string   `json:"nextPageToken"`
	Max    int      `json:"maxResults"`
	Fields []string `json:"fields"`
	Expand string   `json:"expand"`
}

func searchGet(a ask) (int, any) {
	asked := a.URL.Query()
	return a.search(search{JQL: asked.Get("jql"), Token: asked.Get("nextPageToken"), Max: a.number("maxResults", 0), Fields: asked["fields"], Expand: asked.Get("expand")})
}

func searchPost(a ask) (int, any) {
	var asked search
	if err := json.NewDecoder(a.Body).Decode(&asked); err != nil {
		return http.StatusBadRequest, problem("Invalid request payload.")
	}
	return a.search(asked)
}

// search answers a page. A token stands for a position, as far as anybody knows
// of Jira's: what is deleted meanwhile makes another entry slip through.
func (a ask) search(asked search) (int, any) {
	q, err := parse(asked.JQL)
	if err != nil {
		return http.StatusBadRequest, problem(err.Error())
	}
	start, err := position(asked.Token, asked.JQL)
	if err != nil {
		return http.StatusBadRequest, problem(err.Error())
	}
	size := a.s.options.PageSize
	if asked.Max > 0 {
		size = min(size, asked.Max)
	}
	found := q.run(a.world, a.who)
	start = min(start, len(found))
	end := min(start+size, len(found))
	beans := []object{}
	for _, i := range found[start:end] {
		beans = append(beans, a.issueBean(i, split(asked.Fields, "id"), asked.Expand))
	}
	out := object{"issues": beans, "isLast": end == len(found)}
	if end < len(found) {
		out["nextPageToken"] = token(end, asked.JQL)
	}
	return http.StatusOK, out
}

func count(a ask) (int, any) {
	var asked search
	if err := json.NewDecoder(a.Body).Decode(&asked); err != nil {
		return http.StatusBadRequest, problem("Invalid request payload.")
	}
	q, err := parse(asked.JQL)
	if err != nil {
		return http.StatusBadRequest, problem(err.Error())
	}
	return http.StatusOK, object{"count": len(q.run(a.world, a.who))}
}

func token(at int, jql string) string {
	return base64.URLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", at, jql))
}

func position(token, jql string) (int, error) {
	if token == "" {
		return 0, nil
	}
	text, err := base64.URLEncoding.DecodeString(token)
	at, of, _ := strings.Cut(string(text), " ")
	n, bad := strconv.Atoi(at)
	if err != nil || bad != nil || of != jql {
		return 0, fmt.Errorf("the provided next page token is invalid or expired")
	}
	return n, nil
}

// split reads a list of fields, which may come apart or joined by commas.
func split(names []string, otherwise string) []string {
	var out []string
	for _, name := range names {
		out = append(out, strings.Split(name, ",")...)
	}
	if len(out) == 0 {
		return []string{otherwise}
	}
	return out
}

func wants(names []string, name string) bool {
	return slices.Contains(names, "*all") || slices.Contains(names, name) || slices.Contains(names, "*navigable") && name != "comment"
}
