package filters_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func TestAFilterIsReadInTheShapeThatClientsKnow(t *testing.T) {
	got, err := filters.ParseExpr(json.RawMessage(`{"type":"and","filters":[
		{"type":"eq","key":"project","value":"PAY"},
		{"type":"or","filters":[{"type":"gte","key":"priority","value":2},{"type":"in","key":"label","value":["a","b"]}]},
		{"type":"ne","key":"archived","value":true}]}`))
	require.NoError(t, err)
	require.Equal(t, store.And{Parts: []store.Expr{
		store.Compare{Key: "project", Op: store.Eq, Value: "PAY"},
		store.Or{Parts: []store.Expr{
			store.Compare{Key: "priority", Op: store.Gte, Value: 2.0},
			store.Compare{Key: "label", Op: store.In, Value: []any{"a", "b"}},
		}},
		store.Compare{Key: "archived", Op: store.Ne, Value: true},
	}}, got)
	for _, none := range []string{"", "null", "  "} {
		got, err := filters.ParseExpr(json.RawMessage(none))
		require.NoError(t, err)
		require.Nil(t, got)
	}
}

func TestABadFilterNamesThePlaceAndWhatIsAllowed(t *testing.T) {
	deep := strings.Repeat(`{"type":"and","filters":[`, 9) + `{"type":"eq","key":"a","value":1}` + strings.Repeat("]}", 9)
	wide := `{"type":"or","filters":[` + strings.Repeat(`{"type":"eq","key":"a","value":1},`, 100) + `{"type":"eq","key":"a","value":1}]}`
	for input, want := range map[string]string{
		`{"type":"like","key":"a","value":"b"}`:                                  "filter.type \"like\" is not an operator: allowed are eq",
		`{"type":"and","filters":[{"type":"EQ","key":"a","value":1}]}`:           "filter.filters[0].type",
		`{"type":"eq","key":"a","val":1}`:                                        `unknown field "val"`,
		`{"type":"eq","value":1}`:                                                "filter.key",
		`{"type":"eq","key":"a"}`:                                                "filter.value",
		`{"type":"eq","key":"a","value":{"x":1}}`:                                "a string, a number or a boolean",
		`{"type":"eq","key":"a","value":null}`:                                   "a string, a number or a boolean",
		`{"type":"gt","key":"a","value":true}`:                                   "must be a string or a number",
		`{"type":"in","key":"a","value":"b"}`:                                    "must be a list",
		`{"type":"in","key":"a","value":[]}`:                                     "must be a list of 1",
		`{"type":"in","key":"a","value":[["b"]]}`:                                "filter.value[0]",
		`{"type":"and","filters":[]}`:                                            "at least one",
		`{"type":"and","key":"a","filters":[{"type":"eq","key":"a","value":1}]}`: "neither key nor value",
		`{"type":"eq","key":"a","value":1,"filters":[]}`:                         "no filters",
		`[]`:  "is not a filter object",
		`"x"`: "is not a filter object",
		deep:  "nested deeper than 8",
		wide:  "more than 100 parts",
		`{"type":"eq","key":"` + strings.Repeat("k", 200) + `","value":1}`:    "1 to 128 bytes",
		`{"type":"eq","key":"a","value":"` + strings.Repeat("v", 2000) + `"}`: "longer than 1024 bytes",
	} {
		_, err := filters.ParseExpr(json.RawMessage(input))
		require.ErrorIs(t, err, eyeshot.ErrInvalid, input)
		require.ErrorContains(t, err, want, input)
	}
}

func FuzzParseExpr(f *testing.F) {
	f.Add(`{"type":"and","filters":[{"type":"eq","key":"a","value":[1,"x",true]}]}`)
	f.Add(`{"type":"in","key":"a","value":["b"]}`)
	f.Fuzz(func(t *testing.T, input string) {
		expr, err := filters.ParseExpr(json.RawMessage(input))
		if err != nil {
			require.ErrorIs(t, err, eyeshot.ErrInvalid)
			return
		}
		store.Match(expr, func(string) (any, bool) { return "x", true })
	})
}
