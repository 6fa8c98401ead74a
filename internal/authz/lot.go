package authz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// lot is what one BatchCheck request holds: the indexes of its checks. Each
// check's correlation id is the number of the call and the check's index,
// "k3-17", within OpenFGA's 36 letters, digits, '-' and '_'.
//
// SECURITY: an id is never used twice by a client, so that an answer to another
// request, of this lot's neighbour or of somebody else's search, pairs with
// nothing.
type lot struct {
	call    uint64
	indexes []int
}

func (l lot) prefix() string { return strconv.FormatUint(l.call, 36) + "-" }

// encode builds the request's body by hand: encoding/json takes five times as
// long for it, and every search waits for it.
//
// SECURITY: HIGHER_CONSISTENCY makes OpenFGA answer from its database, past all
// caches, so that what was revoked a moment ago is denied.
func (l lot) encode(modelID string, checks []Check, context json.RawMessage) []byte {
	body := make([]byte, 0, 128+len(l.indexes)*(192+len(context)))
	body = append(body, `{"consistency":"HIGHER_CONSISTENCY",`...)
	if modelID != "" {
		body = append(appendJSON(append(body, `"authorization_model_id":`...), modelID), ',')
	}
	body = append(body, `"checks":[`...)
	prefix := l.prefix()
	for n, i := range l.indexes {
		if n > 0 {
			body = append(body, ',')
		}
		body = append(append(body, `{"correlation_id":"`...), prefix...)
		body = append(strconv.AppendInt(body, int64(i), 10), `","tuple_key":{"user":`...)
		body = append(appendJSON(body, string(checks[i].Subject)), `,"relation":`...)
		body = append(appendJSON(body, checks[i].Relation), `,"object":`...)
		body = append(appendJSON(body, string(checks[i].Object)), '}')
		if context != nil {
			body = append(append(body, `,"context":`...), context...)
		}
		body = append(body, '}')
	}
	return append(body, "]}"...)
}

// appendJSON appends s as a JSON string.
func appendJSON(to []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always encodes
			return append(to, quoted...)
		}
	}
	to = append(to, '"')
	to = append(to, s...)
	return append(to, '"')
}

// answerJSON is one check's answer. Allowed and Error exclude each other.
type answerJSON struct {
	Allowed *bool           `json:"allowed"`
	Error   json.RawMessage `json:"error"`
}

// decode reads {"result": {"<id>": {"allowed": true}, …}} into the verdicts of
// the lot's checks.
//
// SECURITY: the answer has to be read key by key: into a map, the second of two
// answers with one id would replace the first without a word. Whatever was not
// asked or comes twice fails the whole lot, since then nothing says which of
// the answers is right; what is missing denies its own check.
func (l lot) decode(body []byte, verdicts []Verdict) error {
	for _, i := range l.indexes {
		verdicts[i] = Verdict{Err: unanswered(errMissing("answer"))}
	}
	reader := json.NewDecoder(bytes.NewReader(body))
	if err := open(reader); err != nil {
		return malformed("BatchCheck", err)
	}
	seen := make(map[int]bool, len(l.indexes))
	err := eachKey(reader, func(key string) error {
		if key != "result" {
			return skip(reader)
		}
		if err := open(reader); err != nil {
			return err
		}
		return eachKey(reader, func(id string) error { return l.pair(reader, id, seen, verdicts) })
	})
	if err != nil {
		return malformed("BatchCheck", err)
	}
	return nil
}

// pair reads one answer and gives it to the check that its id names.
func (l lot) pair(reader *json.Decoder, id string, seen map[int]bool, verdicts []Verdict) error {
	i, ok := l.index(id)
	if !ok {
		return fmt.Errorf("it answers %q, which was not asked", shorten(id))
	}
	if seen[i] {
		return fmt.Errorf("it answers %q twice", id)
	}
	seen[i] = true
	var answer answerJSON
	if err := reader.Decode(&answer); err != nil {
		return err
	}
	verdicts[i] = answer.verdict()
	return nil
}

// index undoes the numbering of encode.
func (l lot) index(id string) (i int, asked bool) {
	digits, ok := strings.CutPrefix(id, l.prefix())
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(digits)
	if err != nil || strconv.Itoa(i) != digits {
		return 0, false
	}
	_, asked = slices.BinarySearch(l.indexes, i)
	return i, asked
}

// verdict reads one answer.
//
// SECURITY: allowed takes an explicit true and no error beside it.
func (a answerJSON) verdict() Verdict {
	switch {
	case len(a.Error) > 0 && string(a.Error) != "null":
		return Verdict{Err: unanswered(fmt.Errorf("openfga could not evaluate the check: %s", checkReason(a.Error)))}
	case a.Allowed == nil:
		return Verdict{Err: unanswered(errMissing("allowed"))}
	}
	return Verdict{Allowed: *a.Allowed}
}

// checkReason reads the reason out of {"input_error": code, "message": …}.
func checkReason(raw json.RawMessage) string {
	var reason struct {
		Input    string `json:"input_error"`
		Internal string `json:"internal_error"`
		Message  string `json:"message"`
	}
	if json.Unmarshal(raw, &reason) != nil {
		return "it did not say why"
	}
	return strings.TrimSpace(reason.Input + reason.Internal + " " + shorten(reason.Message))
}
