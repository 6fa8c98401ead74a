package fakejira

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// bulkFetch looks issues up by keys or ids, at most 100.
func bulkFetch(a ask) (int, any) {
	var asked struct {
		Wanted []string `json:"issueIdsOrKeys"`
		Fields []string `json:"fields"`
	}
	if err := json.NewDecoder(a.Body).Decode(&asked); err != nil || len(asked.Wanted) > 100 {
		return http.StatusBadRequest, problem("Invalid request payload.")
	}
	found, missing := []object{}, []object{}
	for _, name := range asked.Wanted {
		i := find(a.world.Issues, func(i *Issue) bool { return i.Key == name || strconv.FormatInt(i.ID, 10) == name })
		if i == nil || !a.world.MaySee(a.who, i) {
			missing = append(missing, object{"id": name, "errorMessage": "Issue does not exist or you do not have permission to see it."})
			continue
		}
		found = append(found, a.issueBean(i, split(asked.Fields, "*all"), ""))
	}
	return http.StatusOK, object{"issues": found, "issueErrors": missing}
}

// listComments looks comments up by their ids, at most 1000.
func listComments(a ask) (int, any) {
	var asked struct {
		IDs []int64 `json:"ids"`
	}
	if err := json.NewDecoder(a.Body).Decode(&asked); err != nil || len(asked.IDs) > 1000 {
		return http.StatusBadRequest, problem("Invalid request payload.")
	}
	values := []object{}
	for _, i := range a.world.Issues {
		for _, c := range i.Comments {
			if slices.Contains(asked.IDs, c.ID) && a.world.MaySeeComment(a.who, i, c) {
				values = append(values, a.commentBean(i, c))
			}
		}
	}
	return http.StatusOK, object{"values": values, "startAt": 0, "maxResults": len(values), "total": len(values), "isLast": true}
}
