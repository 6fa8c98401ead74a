package httpapi_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/connectors/identities"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := apptest.Document()
	require.NoError(t, err)
	return doc
}

func TestEveryRouteIsInTheOpenAPIDocumentAndTheReverse(t *testing.T) {
	var documented, routes []string
	for path, item := range document(t).Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	for _, route := range newSurface(t, httpapi.Limits{}).handler.(*gin.Engine).Routes() {
		routes = append(routes, route.Method+" "+template(route.Path))
	}
	require.ElementsMatch(t, routes, documented)
}

// A handler that answers 401 must say so in the document, and one that never
// does must not ask for a token.
func TestTheDocumentAsksForATokenWhereTheServerDoes(t *testing.T) {
	for path, item := range document(t).Paths.Map() {
		for method, operation := range item.Operations() {
			open := operation.Security != nil && len(*operation.Security) == 0
			protectedHere := false
			for _, request := range protected {
				protectedHere = protectedHere || request.method == method && template(request.route) == path
			}
			require.Equal(t, protectedHere, !open, "%s %s", method, path)
			require.Equal(t, protectedHere, operation.Responses.Value("401") != nil, "%s %s", method, path)
		}
	}
}

// template writes a route as the document does.
func template(route string) string {
	return strings.NewReplacer("*object", "{object}", ":name", "{name}", ":id", "{id}").Replace(route)
}

func TestTheDocumentIsServed(t *testing.T) {
	answer := newSurface(t, httpapi.Limits{}).caller(t).Get("/openapi.json")
	require.Equal(t, http.StatusOK, answer.Status)
	require.JSONEq(t, string(httpapi.OpenAPI()), string(answer.Body))
}

func TestTheLimitsOfTheDocumentAreThoseOfTheCode(t *testing.T) {
	properties := document(t).Components.Schemas["SearchRequest"].Value.Properties
	require.EqualValues(t, retriever.MaxQueryBytes, *properties["query"].Value.MaxLength)
	require.EqualValues(t, retriever.MaxLimit, *properties["limit"].Value.Max)
	require.EqualValues(t, retriever.DefaultLimit, properties["limit"].Value.Default)
	require.EqualValues(t, retriever.MaxChunksPerDocument, *properties["chunks_per_document"].Value.Max)
	require.EqualValues(t, filters.MaxKeyBytes, *document(t).Components.Schemas["Filter"].Value.Properties["key"].Value.MaxLength)
	require.ElementsMatch(t, []any{"hybrid", "semantic", "keyword"}, properties["mode"].Value.Enum)
	reasons := document(t).Components.Schemas["SearchResponse"].Value.Properties["incomplete_reasons"].Value.Items.Value.Enum
	require.ElementsMatch(t, []any{string(retriever.ReasonBudget), string(retriever.ReasonCheckFailed), string(retriever.ReasonGone), string(retriever.ReasonStale), string(retriever.ReasonStore)}, reasons)
}

func TestWhatIsNoRouteIsAnsweredWithAProblem(t *testing.T) {
	caller := newSurface(t, httpapi.Limits{}).caller(t)
	for _, path := range []string{"/", "/v1", "/v1/", "/v2/search", "/v1/search/", "//v1/search", "/V1/search", "/v1/documents/../search", "/.env", "/v1%2Fsearch", "/%76%31/search", "/search/"} {
		answer := caller.Post(path, `{"query":"x"}`)
		require.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, answer.Status, path)
	}
	require.Equal(t, "urn:eyeshot:problem:not-found", caller.Get("/nowhere").Problem().Type)
	for path, allowed := range map[string]string{"/v1/search": "POST", "/search": "POST", "/v1/documents": "POST", "/healthz": "GET", "/v1/documents/ticket:jira/A": "GET, DELETE"} {
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodOptions, "PROPFIND"} {
			answer := caller.Do(method, path, nil)
			require.Equal(t, http.StatusMethodNotAllowed, answer.Status, method+" "+path)
			require.Equal(t, allowed, answer.Header.Get("Allow"))
			require.Equal(t, "urn:eyeshot:problem:method-not-allowed", answer.Problem().Type)
		}
	}
	require.Equal(t, http.StatusMethodNotAllowed, caller.Do(http.MethodHead, "/v1/search", nil).Status)
}

func TestOperatorsSeeHealthKeysAndMetadata(t *testing.T) {
	product := shared.Get(t)
	caller := product.Caller(t, "")
	require.JSONEq(t, `{"status":"ok","version":"test"}`, string(caller.Get("/healthz").Body))
	require.JSONEq(t, `{"status":"ready","version":"test"}`, string(caller.Get("/readyz").Body))
	jwks := caller.Get("/.well-known/jwks.json")
	require.Equal(t, "application/jwk-set+json", jwks.Header.Get("Content-Type"))
	var set struct{ Keys []map[string]any }
	jwks.Decode(&set)
	require.Len(t, set.Keys, 1)
	require.NotContains(t, set.Keys[0], "d", "the public half alone")
	var metadata map[string]any
	caller.Get("/.well-known/oauth-protected-resource").Decode(&metadata)
	require.Equal(t, []any{"eyeshot"}, metadata["authorization_servers"])
	require.Equal(t, []any{"header"}, metadata["bearer_methods_supported"])
}

// What the server sends and the document has not fails all other tests; this
// holds the reverse, and that what is required is always sent.
func TestTheDocumentHasTheFieldsOfTheServerAndNoOthers(t *testing.T) {
	for schema, value := range map[string]any{
		"SearchResponse": httpapi.SearchResponse{}, "SearchResult": httpapi.SearchResult{}, "Document": httpapi.DocumentResponse{},
		"UpsertResponse": httpapi.UpsertResponse{}, "Problem": httpapi.Problem{}, "DocumentInput": jsonl.Line{},
		"SourcesResponse": httpapi.SourcesResponse{}, "Source": sources.Status{}, "Sync": sources.Record{}, "SyncReport": sync.Report{}, "Lag": sync.Lag{},
		"SyncProblem": indexer.Problem{}, "TestResponse": httpapi.TestResponse{}, "IdentitiesResponse": httpapi.IdentitiesResponse{},
		"Account": identities.Account{}, "HeldResponse": httpapi.HeldResponse{}, "Drift": sources.Drift{}, "Differs": sources.Differs{},
	} {
		described := document(t).Components.Schemas[schema].Value
		var all, always []string
		for _, field := range reflect.VisibleFields(reflect.TypeOf(value)) {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			all = append(all, name)
			if options == "" {
				always = append(always, name)
			}
		}
		require.ElementsMatch(t, all, slices.Collect(maps.Keys(described.Properties)), schema)
		if schema != "DocumentInput" {
			require.ElementsMatch(t, always, described.Required, schema)
		}
	}
}

func TestWhatIsTurnedOffIsNoRoute(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	config := s.config
	config.Metrics, config.JWKS = nil, nil
	handler, err := httpapi.New(config)
	require.NoError(t, err)
	for _, path := range []string{"/metrics", "/.well-known/jwks.json"} {
		for handler, want := range map[http.Handler]int{s.handler: http.StatusOK, handler: http.StatusNotFound} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
			require.Equal(t, want, w.Code, path)
		}
	}
}
