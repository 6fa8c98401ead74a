package fakejira

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
)

// spoil answers with a page that lacks an entry. Where the listing has a total,
// that stays as it was.
func (f *Fault) spoil(out http.ResponseWriter, in *http.Request, rest http.Handler) {
	answer := httptest.NewRecorder()
	rest.ServeHTTP(answer, in)
	var page map[string]any
	if answer.Code == http.StatusOK && json.Unmarshal(answer.Body.Bytes(), &page) == nil {
		for _, name := range []string{"issues", "values", "comments"} {
			entries, listed := page[name].([]any)
			if !listed || len(entries) == 0 {
				continue
			}
			if f.Drifts {
				page[name] = entries[1:]
				continue
			}
			page[name] = entries[:len(entries)-1]
			if name == "issues" {
				page["isLast"] = true // and that is all, it says
				delete(page, "nextPageToken")
			}
		}
		write(out, answer.Code, page)
		return
	}
	copyAnswer(out, answer)
}
