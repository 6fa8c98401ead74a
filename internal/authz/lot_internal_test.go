package authz

import (
	"encoding/json"
	"testing"
)

// FuzzNothingIsAllowedThatAPlainReadingOfTheAnswerDenies feeds any text as the
// answer to two checks and compares with encoding/json, which reads generously:
// what the strict reading allows, the generous one must allow as well.
func FuzzNothingIsAllowedThatAPlainReadingOfTheAnswerDenies(f *testing.F) {
	for _, seed := range []string{
		`{"result":{"a-0":{"allowed":true},"a-1":{"allowed":false}}}`,
		`{ "result" : { "a-1" : { "allowed" : true , "error" : null } } }`,
		`{"result":{"\u0061-0":{"allowed":true}}}`,
		`{"result":{"a-0":{"x":[{"]":"}\""}],"allowed":true}}}`,
		`{"result":{"a-0":{"allowed":true}},"result":{"a-0":{"allowed":false}}}`,
		`{"result":{"a-00":{"allowed":true},"a-2":{"allowed":true}}}`,
		`{"x":1,"result":{"a-0":{"error":{"message":"m"},"allowed":true}}}`,
		`null`, `[]`, `"`, `{`, `{"result":`, "", `1e5`,
	} {
		f.Add([]byte(seed))
	}
	asked := lot{call: 10, indexes: []int{0, 1}} // 10 in base 36 is "a"
	f.Fuzz(func(t *testing.T, body []byte) {
		verdicts := make([]Verdict, 2)
		if err := asked.decode(body, verdicts); err != nil {
			return // and then the whole lot is denied
		}
		var plain struct {
			Result map[string]struct {
				Allowed bool            `json:"allowed"`
				Error   json.RawMessage `json:"error"`
			} `json:"result"`
		}
		if err := json.Unmarshal(body, &plain); err != nil {
			for _, verdict := range verdicts {
				if verdict.Allowed {
					t.Fatalf("%q allows something, and is not even an answer: %v", body, err)
				}
			}
			return
		}
		for i, id := range []string{"a-0", "a-1"} {
			answer := plain.Result[id]
			if verdicts[i].Allowed && (!answer.Allowed || verdicts[i].Err != nil) {
				t.Errorf("%q allows check %d", body, i)
			}
		}
	})
}

func FuzzAStringIsEncodedAsJSONEncodesIt(f *testing.F) {
	for _, seed := range []string{"", "user:alice", `a"b\c`, "é\u2028<>&", "\x00\x7f\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var a, b string
		if json.Unmarshal(appendJSON(nil, s), &a) != nil || json.Unmarshal(want, &b) != nil || a != b {
			t.Errorf("%q was encoded as %s, want %s", s, appendJSON(nil, s), want)
		}
	})
}
