package jsonl_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/access"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
)

const good = `{"id":"PAY-1","type":"ticket","title":"T","text":"x","format":"jira","url":"https://x.example/1","metadata":{"n":1,"s":"a","b":true,"l":["x","y"],"gone":null},"updated_at":"2026-01-02T15:04:05Z","relationships":[{"user":"user:*","relation":"open"},{"user":"user:a","relation":"viewer","condition":{"name":"unexpired","context":{"expires_at":"2027-01-01T00:00:00Z"}}}]}`

func options() jsonl.Options { return jsonl.Options{Tenant: "acme", Source: "jira"} }

func readAll(t *testing.T, r *jsonl.Reader) []connectors.Item {
	t.Helper()
	var items []connectors.Item
	for item, err := range r.Items(t.Context()) {
		require.NoError(t, err)
		items = append(items, item)
	}
	return items
}

func read(t *testing.T, text string, options jsonl.Options) []connectors.Item {
	t.Helper()
	r, err := jsonl.NewReader(iotest.OneByteReader(strings.NewReader(text)), options)
	require.NoError(t, err)
	return readAll(t, r)
}

func TestALineBecomesADocument(t *testing.T) {
	items := read(t, good+"\n", options())
	require.Equal(t, []connectors.Item{{Line: 1, Document: eyeshot.Document{
		Object: "ticket:jira/PAY-1", Title: "T", Text: "x", Format: eyeshot.FormatJira, URL: "https://x.example/1",
		Metadata:  map[string]any{"n": 1.0, "s": "a", "b": true, "l": []string{"x", "y"}},
		UpdatedAt: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC),
		Relationships: []eyeshot.Relationship{
			{Subject: "user:*", Relation: "open", Object: "ticket:jira/PAY-1"},
			{Subject: "user:a", Relation: "viewer", Object: "ticket:jira/PAY-1", Condition: &eyeshot.Condition{
				Name: "unexpired", Context: map[string]any{"expires_at": "2027-01-01T00:00:00Z"}}},
		},
	}}}, items)
}

func TestOneDocumentIsDecodedAsALineIs(t *testing.T) {
	require.Equal(t, read(t, good, options())[0].Document, jsonl.Decode([]byte(good), "jira").Document)
	refused := jsonl.Decode([]byte(`{"id":"A","type":"ticket","title":"T"}`), "jira")
	require.Equal(t, connectors.WithoutACL, refused.Refused.Kind)
	require.Equal(t, eyeshot.Object("ticket:jira/A"), refused.Document.Object)
}

func TestALineSurvivesEncodingAndDecoding(t *testing.T) {
	var line, again jsonl.Line
	require.NoError(t, json.Unmarshal([]byte(good), &line))
	encoded, err := json.Marshal(line)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(encoded, &again))
	require.Equal(t, line, again)
}

// acl is the end of a line that is otherwise without fault.
const acl = `"relationships":[{"user":"user:a","relation":"viewer"}]}`

func TestABadLineIsNamedAndReadingGoesOn(t *testing.T) {
	known := eyeshot.Object("ticket:jira/A")
	for name, test := range map[string]struct {
		line   string
		kind   connectors.Kind
		reason string
		object eyeshot.Object // where it can be told
	}{
		"no JSON":               {`{"id":"A"`, connectors.Malformed, "not JSON", ""},
		"a list":                {`["A"]`, connectors.Malformed, `"list" must be a JSON object`, ""},
		"two objects":           {`{"id":"A","type":"ticket"} {}`, connectors.Malformed, "nothing behind it", known},
		"an unknown field":      {`{"id":"A","type":"ticket","titel":"T",` + acl, connectors.Malformed, `field "titel" is unknown; allowed are id, type`, known},
		"a field of wrong case": {`{"id":"A","type":"ticket","title":"T","Text":"x",` + acl, connectors.Malformed, `field "Text" is unknown`, known},
		"a field twice":         {`{"id":"A","type":"ticket","title":"T","title":"U",` + acl, connectors.Malformed, `field "title" is there twice`, known},
		"ACLs twice":            {`{"id":"A","type":"ticket","title":"T","relationships":[],` + acl, connectors.Malformed, `"relationships" is there twice`, known},
		"no id":                 {`{"type":"ticket","title":"T",` + acl, connectors.Malformed, `id "" is missing`, ""},
		"no type":               {`{"id":"A","title":"T",` + acl, connectors.Malformed, `type "" is missing`, ""},
		"no title":              {`{"id":"A","type":"ticket",` + acl, connectors.Malformed, `title "" is missing`, known},
		"a number as id":        {`{"id":7,"type":"ticket","title":"T",` + acl, connectors.Malformed, `id "number" must be a string`, ""},
		"a list as title":       {`{"id":"A","type":"ticket","title":["T"],` + acl, connectors.Malformed, `title "list" must be a string`, known},
		"an unknown format":     {`{"id":"A","type":"ticket","title":"T","format":"docx",` + acl, connectors.Malformed, "must be text, markdown or jira", known},
		"a date as time":        {`{"id":"A","type":"ticket","title":"T","updated_at":"2026-01-02",` + acl, connectors.Malformed, "RFC 3339", known},
		"a script as url":       {`{"id":"A","type":"ticket","title":"T","url":"javascript:alert(1)",` + acl, connectors.Malformed, "http or https", known},
		"nested metadata":       {`{"id":"A","type":"ticket","title":"T","metadata":{"a":{}},` + acl, connectors.Malformed, `metadata.a "object" must be`, known},
		"metadata twice":        {`{"id":"A","type":"ticket","title":"T","metadata":{"a":1,"a":2},` + acl, connectors.Malformed, `field "a" is there twice`, known},
		"invalid UTF-8":         {`{"id":"A","type":"ticket","title":"` + "\xff" + `",` + acl, connectors.Malformed, "not valid UTF-8", known},
		"an id too long":        {`{"id":"` + strings.Repeat("x", 300) + `","type":"ticket","title":"T",` + acl, connectors.Malformed, "bytes long", ""},
		"a type with a colon":   {`{"id":"A","type":"a:b","title":"T",` + acl, connectors.Malformed, "may not hold ':'", ""},
		"no ACL":                {`{"id":"A","type":"ticket","title":"T"}`, connectors.WithoutACL, "nobody may read", known},
		"an empty ACL":          {`{"id":"A","type":"ticket","title":"T","relationships":[]}`, connectors.WithoutACL, "nobody may read", known},
		"a null ACL":            {`{"id":"A","type":"ticket","title":"T","relationships":null}`, connectors.WithoutACL, "nobody may read", known},
		"an ACL of text":        {`{"id":"A","type":"ticket","title":"T","relationships":["user:a"]}`, connectors.BadRelationship, "must be a JSON object", known},
		"a subject without type": {`{"id":"A","type":"ticket","title":"T","relationships":[{"user":"alice","relation":"viewer"}]}`,
			connectors.BadRelationship, `user "alice" must be`, known},
		"no relation": {`{"id":"A","type":"ticket","title":"T","relationships":[{"user":"user:a"}]}`, connectors.BadRelationship, "relation", known},
		"an object in an ACL": {`{"id":"A","type":"ticket","title":"T","relationships":[{"user":"user:a","relation":"viewer","object":"ticket:jira/B"}]}`,
			connectors.BadRelationship, `"object" is unknown`, known},
		"too large a line": {`{"id":"A","type":"ticket","title":"` + strings.Repeat("x", 2000) + `",` + acl, connectors.TooLarge, "longer than 1000 bytes", ""},
	} {
		t.Run(name, func(t *testing.T) {
			limited := options()
			limited.MaxLine = 1000
			items := read(t, "\n"+test.line+"\r\n \n"+good, limited)
			require.Len(t, items, 2)
			bad := items[0]
			require.Equal(t, 2, bad.Line)
			require.NotNil(t, bad.Refused)
			require.Equal(t, test.kind, bad.Refused.Kind)
			require.ErrorIs(t, bad.Refused, eyeshot.ErrInvalid)
			require.ErrorContains(t, bad.Refused, test.reason)
			require.Equal(t, eyeshot.Document{Object: test.object}, bad.Document, "nothing of a refused line but its name")
			require.Nil(t, items[1].Refused)
			require.Equal(t, 4, items[1].Line)
		})
	}
}

func TestIDsWithOddCharactersAreTaken(t *testing.T) {
	for id, want := range map[string]eyeshot.Object{
		"a b": "ticket:jira/a%20b", "a:b": "ticket:jira/a:b", "a#b": "ticket:jira/a%23b", "日本/é": "ticket:jira/日本/é", "*": "ticket:jira/%2A",
	} {
		encoded, err := json.Marshal(id)
		require.NoError(t, err)
		items := read(t, `{"id":`+string(encoded)+`,"type":"ticket","title":"T",`+acl, options())
		require.Nil(t, items[0].Refused)
		require.Equal(t, strings.ReplaceAll(string(want), "a:b", "a%3Ab"), string(items[0].Document.Object))
		require.Equal(t, id, items[0].Document.Object.Local())
	}
}

func TestNoInputAndBlankLinesGiveNothing(t *testing.T) {
	for _, text := range []string{"", "\n", " \r\n\t\n", "\ufeff\n"} {
		require.Empty(t, read(t, text, options()))
	}
	require.Len(t, read(t, "\ufeff"+good, options()), 1)
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	_, err := zip.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	return b.Bytes()
}

func TestCompressedInputIsRecognised(t *testing.T) {
	twice := append(packed(t, good+"\n"), packed(t, good+"\n")...) // two members are one file
	require.Len(t, read(t, string(twice), options()), 2)
}

func TestADamagedFileEndsWithAnErrorThatSaysWhere(t *testing.T) {
	whole := packed(t, strings.Repeat(good+"\n", 500))
	for name, damaged := range map[string][]byte{"cut": whole[:len(whole)-20], "not gzip": {0x1f, 0x8b, 'x'}} {
		r, err := jsonl.NewReader(bytes.NewReader(damaged), options())
		require.NoError(t, err)
		var last error
		for _, err := range r.Items(t.Context()) {
			last = err
		}
		require.ErrorIs(t, last, eyeshot.ErrInvalid, name)
	}
}

func TestCancellingEndsReading(t *testing.T) {
	r, err := jsonl.NewReader(strings.NewReader(strings.Repeat(good+"\n", 10)), options())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range r.Items(ctx) {
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			break
		}
		n++
		cancel()
	}
	require.Equal(t, 1, n)
}

const rules = `
projects: {PAY: {viewer: [user:a]}}
documents: {ticket: {project: "{{project}}", open: true}}
`

func accessFile(t *testing.T, text string) jsonl.Options {
	t.Helper()
	file, err := access.Parse([]byte(text))
	require.NoError(t, err)
	o := options()
	o.Access = file
	return o
}

func TestRulesApplyWhereALineHasNoRelationshipsOfItsOwn(t *testing.T) {
	text := `{"id":"A","type":"ticket","title":"T","metadata":{"project":"PAY"}}
{"id":"B","type":"ticket","title":"T","metadata":{"project":"PAY"},` + acl + `
{"id":"C","type":"ticket","title":"T","metadata":{"project":"PAY"},"relationships":[]}
{"id":"D","type":"ticket","title":"T","metadata":{"project":"WEB"}}
`
	items := read(t, text, accessFile(t, rules))
	require.Len(t, items[0].Document.Relationships, 3)
	require.Len(t, items[1].Document.Relationships, 1, "the line's own are not widened by the rules")
	require.Equal(t, connectors.WithoutACL, items[2].Refused.Kind, "an empty list is nobody, not the rules")
	require.ErrorContains(t, items[3].Refused, `project "WEB" is not declared`)
}

func TestLinesOfAnotherFormatAreMapped(t *testing.T) {
	o := accessFile(t, rules+`fields: {id: "{{key}}", type: ticket, title: "{{title}}", text: "{{description}}", format: jira, metadata: {project: "{{project}}"}}`)
	items := read(t, `{"key":"PAY-1","project":"PAY","dataset":"x","title":"T","description":"h1. x","more":{"a":1}}
{"key":"PAY-2","project":"PAY","title":"T"}
{"key":"PAY-3","project":"PAY","title":"","description":""}
`, o)
	require.Equal(t, eyeshot.Document{
		Object: "ticket:jira/PAY-1", Title: "T", Text: "h1. x", Format: eyeshot.FormatJira, Metadata: map[string]any{"project": "PAY"},
		Relationships: items[0].Document.Relationships,
	}, items[0].Document)
	require.ErrorContains(t, items[1].Refused, `field "description" is missing in this line`)
	require.Equal(t, eyeshot.Object("ticket:jira/PAY-2"), items[1].Document.Object)
	require.ErrorContains(t, items[2].Refused, "title")
}

func TestAFileThatCannotBeOpenedSaysWhy(t *testing.T) {
	_, err := jsonl.Open(filepath.Join(t.TempDir(), "missing"), nil, options())
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	_, err = jsonl.Open(t.TempDir(), nil, options())
	require.ErrorContains(t, err, "is a folder")
}

func TestProgressCountsTheBytesOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl.gz")
	data := packed(t, strings.Repeat(good+"\n", 100))
	require.NoError(t, os.WriteFile(path, data, 0o600))
	r, err := jsonl.Open(path, nil, options())
	require.NoError(t, err)
	defer r.Close()
	readAll(t, r)
	n, size := r.Progress()
	require.Equal(t, []int64{int64(len(data)), int64(len(data))}, []int64{n, size})
}

// FuzzReader holds a promise against any input: what a reader gives as a
// document has a name, a title, and somebody who may read it.
func FuzzReader(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"id":"A","type":"ticket"` + "\n" + acl + "\n\xff"))
	f.Add([]byte(`{"id":"\u0000","type":"t","title":"\ud800","metadata":{"":[]},` + acl))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := jsonl.NewReader(bytes.NewReader(data), jsonl.Options{Source: "s", MaxLine: 200})
		require.NoError(t, err)
		for item, err := range r.Items(t.Context()) {
			if err != nil {
				require.True(t, errors.Is(err, eyeshot.ErrInvalid), err)
				return
			}
			if item.Refused != nil {
				require.Empty(t, item.Document.Relationships)
				require.Empty(t, item.Document.Text)
				continue
			}
			_, err := eyeshot.ParseObject(string(item.Document.Object))
			require.NoError(t, err)
			require.NotEmpty(t, item.Document.Title)
			require.NotEmpty(t, item.Document.Relationships)
			for _, r := range item.Document.Relationships {
				require.NoError(t, r.Validate())
				require.Equal(t, item.Document.Object, r.Object)
			}
		}
	})
}
