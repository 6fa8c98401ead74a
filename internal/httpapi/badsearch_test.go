package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// nested is a filter n deep.
func nested(n int) string {
	return strings.Repeat(`{"type":"and","filters":[`, n-1) + `{"type":"eq","key":"a","value":1}` + strings.Repeat("]}", n-1)
}

func TestABadSearchIsAnsweredWithWhatIsWrongAndWhatIsAllowed(t *testing.T) {
	caller := newTenant(t).As("alice")
	query := func(rest string) string { return `{"query":"x",` + rest + `}` }
	filter := func(f string) string { return `{"query":"x","filter":` + f + `}` }
	for name, row := range map[string]struct {
		body          string
		field, detail string
	}{
		"no query":             {`{}`, "query", "must not be empty"},
		"empty query":          {`{"query":""}`, "query", "must not be empty"},
		"blank query":          {`{"query":" \t\n"}`, "query", "must not be empty"},
		"null query":           {`{"query":null}`, "query", "must not be empty"},
		"long query":           {`{"query":"` + strings.Repeat("é", 4097) + `"}`, "query", "is 8194 bytes long, at most 8192 are allowed"},
		"query of 1 MB":        {`{"query":"` + strings.Repeat("x", 1<<20) + `"}`, "query", "is 1048576 bytes long, at most 8192 are allowed"},
		"query not UTF-8":      {"{\"query\":\"caf\xe9\"}", "body", "must be valid UTF-8"},
		"query a number":       {`{"query":7}`, "query", "must be a string"},
		"query a list":         {`{"query":["x"]}`, "query", `must be a string`},
		"limit 0":              {query(`"limit":0`), "limit", `"0" must be between 1 and 100`},
		"limit -1":             {query(`"limit":-1`), "limit", `"-1" must be between 1 and 100`},
		"limit 10000":          {query(`"limit":10000`), "limit", `"10000" must be between 1 and 100`},
		"limit a fraction":     {query(`"limit":1.5`), "limit", `"1.5" must be a whole number`},
		"limit enormous":       {query(`"limit":` + strings.Repeat("9", 5000)), "limit", "must be a whole number"},
		"limit a string":       {query(`"limit":"10"`), "limit", "must be a whole number"},
		"chunks 0":             {query(`"chunks_per_document":0`), "chunks_per_document", "between 1 and 20"},
		"chunks 21":            {query(`"chunks_per_document":21`), "chunks_per_document", "between 1 and 20"},
		"mode":                 {query(`"mode":"HYBRID"`), "mode", `"HYBRID" must be hybrid, semantic or keyword`},
		"age no duration":      {query(`"max_acl_age":"5"`), "max_acl_age", `must be a duration above 0s, such as "5s"`},
		"age 0":                {query(`"max_acl_age":"0s"`), "max_acl_age", "above 0s"},
		"age negative":         {query(`"max_acl_age":"-1s"`), "max_acl_age", "above 0s"},
		"age of a day":         {query(`"max_acl_age":"24h"`), "max_acl_age", "between 0s and 1h"},
		"unknown field":        {query(`"tenant":"other"`), "field", `"tenant" is not known here; see /openapi.json`},
		"unknown field, long":  {query(`"` + strings.Repeat("x", 9000) + `":1`), "field", "x…\" is not known here"},
		"field in upper case":  {`{"QUERY":"x"}`, "field", `"QUERY" is not known here`},
		"field twice":          {`{"query":"x","query":"y"}`, "field", `"query" is there twice`},
		"not JSON":             {`{"query":`, "body", "is not well-formed JSON"},
		"nothing":              {``, "body", "is not well-formed JSON"},
		"two values":           {`{"query":"x"}{"query":"y"}`, "body", "must be one JSON object and nothing behind it"},
		"trailing text":        {`{"query":"x"} x`, "body", "must be one JSON object and nothing behind it"},
		"a list":               {`["x"]`, "body", "must be a JSON object"},
		"a string":             {`"x"`, "body", "must be a JSON object"},
		"null":                 {`null`, "body", "must be a JSON object"},
		"nested 100,000 times": {filter(strings.Repeat("[", 100_000)), "body", "is not well-formed JSON"},
		"operator":             {filter(`{"type":"like","key":"a","value":1}`), "filter.type", `"like" is not an operator: allowed are eq, ne,`},
		"operator, nested":     {filter(`{"type":"and","filters":[{"type":"eq","key":"a","value":1},{"type":"regex","key":"a","value":"x"}]}`), "filter.filters[1].type", `"regex" is not an operator`},
		"filter without type":  {filter(`{"key":"a","value":1}`), "filter.type", "is not an operator"},
		"filter field":         {filter(`{"type":"eq","key":"a","value":1,"boost":2}`), "filter", "boost"},
		"filter a list":        {filter(`[]`), "filter", "is not a filter object"},
		"filter value":         {filter(`{"type":"eq","key":"a","value":{"b":1}}`), "filter.value", "must be a string, a number or a boolean"},
		"filter value missing": {filter(`{"type":"eq","key":"a"}`), "filter.value", "is missing"},
		"in without list":      {filter(`{"type":"in","key":"a","value":"b"}`), "filter.value", "must be a list of 1 to 1000 values"},
		"greater than true":    {filter(`{"type":"gt","key":"a","value":true}`), "filter.value", "must be a string or a number"},
		"nested too deep":      {filter(nested(9)), "filter", "is nested deeper than 8"},
		"too many filters":     {filter(`{"type":"or","filters":[` + strings.Repeat(nested(1)+",", 100) + nested(1) + `]}`), "filter", "has more than 100 parts"},
		"and of nothing":       {filter(`{"type":"and","filters":[]}`), "filter.filters", "must list at least one filter"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := caller.Post("/v1/search", row.body)
			require.Equal(t, http.StatusBadRequest, answer.Status, "%s", answer.Body)
			problem := answer.Problem()
			require.Equal(t, "urn:eyeshot:problem:invalid", problem.Type)
			require.True(t, strings.HasPrefix(problem.Field, row.field), "field is %q", problem.Field)
			require.Contains(t, problem.Detail, row.detail)
			require.Less(t, len(problem.Detail), 500, "it says what is wrong and does not repeat the request")
			require.NotRegexp(t, `""|httpapi|json\.|\[\]`, strings.ReplaceAll(problem.Detail, "filters[", ""), "it speaks of JSON and not of Go")
		})
	}
}

func TestABodyMustBeJSONAndSayIt(t *testing.T) {
	caller := newTenant(t).As("alice")
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/problem+json", "application/json, text/plain", "application json"} {
		caller.Header.Set("Content-Type", media)
		answer := caller.Post("/v1/search", `{"query":"x"}`)
		require.Equal(t, http.StatusUnsupportedMediaType, answer.Status, media)
		require.Equal(t, "urn:eyeshot:problem:media-type", answer.Problem().Type)
	}
	for _, media := range []string{"application/json", "APPLICATION/JSON", "application/json; charset=utf-8"} {
		caller.Header.Set("Content-Type", media)
		require.Equal(t, http.StatusOK, caller.Post("/v1/search", `{"query":"x"}`).Status, media)
	}
}

func TestABodyBeyondTheLimitIsRefused(t *testing.T) {
	tenant := newTenant(t)
	for path, size := range map[string]int{"/v1/search": 2<<20 + 1, "/v1/documents": 16<<20 + 1} {
		answer := tenant.As("ingester").Post(path, fmt.Sprintf(`{"source":"%s"}`, strings.Repeat("x", size)))
		require.Equal(t, http.StatusRequestEntityTooLarge, answer.Status, path)
		require.Equal(t, "urn:eyeshot:problem:too-large", answer.Problem().Type)
	}
}

func TestOddHeadersChangeNothing(t *testing.T) {
	tenant := refunds(t)
	want := tenant.As("alice").Search("refund")
	for name, value := range map[string]string{
		"X-Tenant": "t1", "X-User": "bob", "X-Forwarded-User": "bob", "X-Original-Url": "/healthz", "X-Http-Method-Override": "GET",
		"Accept": "text/html", "Accept-Encoding": "br;q=1, x;q=0", "Expect": "100-continue", "Cookie": "token=x", "Content-Encoding": "utf-8",
		"X-Request-Id": strings.Repeat("x", 5000), "If-None-Match": "*", "Range": "bytes=0-1", "Forwarded": "for=127.0.0.1;host=x",
	} {
		caller := tenant.As("alice")
		caller.Header.Set(name, value)
		got := caller.Search("refund")
		got.TookMS = want.TookMS
		require.Equal(t, want, got, name)
	}
}
