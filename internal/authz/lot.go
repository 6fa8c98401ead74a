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

// encode builds the request's body by hand, since every search waits for it:
// with the SDK's own types a call takes four to five times as long and 24 times
// the allocations (BenchmarkBatchCheck against BenchmarkBatchCheckOfTheSDK).
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

// decode reads {"result": {"<id>": {"allowed": true}, …}} into the verdicts of
// the lot's checks.
//
// SECURITY: the answer is read key by key: into a map, the second of two answers
// with one id would replace the first without a word. Whatever was not asked or
// comes twice fails the whole lot, since then nothing says which of the answers
// is right; what is missing denies its own check.
func (l lot) decode(body []byte, verdicts []Verdict) error {
	reader, err := newScanner(body)
	if err != nil {
		return malformed("BatchCheck", err)
	}
	answered := make([]bool, len(l.indexes))
	prefix := l.prefix()
	err = reader.object(func(key []byte) error {
		if string(key) != "result" {
			reader.value()
			return nil
		}
		return reader.object(func(id []byte) error {
			position, asked := l.position(prefix, id)
			if !asked || answered[position] {
				return fmt.Errorf("it answers %q, which was not asked or is answered already", shorten(string(id)))
			}
			answered[position] = true
			verdicts[l.indexes[position]], err = readVerdict(reader)
			return err
		})
	})
	if err != nil {
		return malformed("BatchCheck", err)
	}
	l.denyUnanswered(answered, verdicts)
	return nil
}

// position undoes the numbering of encode.
func (l lot) position(prefix string, id []byte) (position int, asked bool) {
	digits, ok := bytes.CutPrefix(id, []byte(prefix))
	if !ok || len(digits) == 0 || len(digits) > 9 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	index := 0
	for _, digit := range digits {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		index = 10*index + int(digit-'0')
	}
	return slices.BinarySearch(l.indexes, index)
}

// denyUnanswered gives each check without an answer a verdict that says so.
func (l lot) denyUnanswered(answered []bool, verdicts []Verdict) {
	var missing error
	for position, i := range l.indexes {
		if answered[position] {
			continue
		}
		if missing == nil {
			missing = unanswered(malformed("BatchCheck", errMissing("answer to the check")))
		}
		verdicts[i] = Verdict{Err: missing}
	}
}

// readVerdict reads one answer.
//
// SECURITY: allowed takes exactly one explicit true, and no error beside it.
func readVerdict(reader *scanner) (Verdict, error) {
	var allowed, failure []byte
	err := reader.object(func(key []byte) error {
		field := &failure
		switch string(key) {
		case "allowed":
			field = &allowed
		case "error":
		default:
			reader.value()
			return nil
		}
		if *field != nil {
			return fmt.Errorf("an answer has %q twice", key)
		}
		*field = reader.value()
		return nil
	})
	switch {
	case err != nil:
		return Verdict{}, err
	case failure != nil && string(failure) != "null":
		return Verdict{Err: unanswered(fmt.Errorf("openfga could not evaluate the check: %s", checkReason(failure)))}, nil
	case string(allowed) == "true":
		return Verdict{Allowed: true}, nil
	case string(allowed) == "false":
		return Verdict{}, nil
	}
	return Verdict{Err: unanswered(malformed("BatchCheck", errMissing("allowed")))}, nil
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
