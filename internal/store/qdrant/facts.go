package qdrant

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// A fact says that a document's metadata has a value under a key, or a value of
// some kind. Qdrant's own match knows no fractions, takes 1 and 1.0 for the same
// and needs an index for each key; facts are one list of texts with one index,
// and mean what [store.Match] means. A fact is 128 bits of a hash, however long
// the value is.

// Kinds of value. A list's members are facts of the list's key like texts.
const (
	kindText   = "text"
	kindNumber = "number"
	kindTruth  = "truth"
)

func fact(what, key, kind, value string) string {
	h := sha256.New()
	for _, part := range []string{what, key, kind, value} {
		// Lengths keep parts apart whatever they hold.
		_, _ = h.Write(strconv.AppendInt(nil, int64(len(part)), 10)) // it never fails
		_, _ = h.Write([]byte{':'})
		_, _ = h.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// valueFact says that a key has the value; ok is false for a value that no
// metadata can have.
func valueFact(key string, value any) (f string, ok bool) {
	switch v := value.(type) {
	case string:
		return fact("value", key, kindText, v), true
	case float64:
		if v == 0 {
			v = 0 // and not -0
		}
		return fact("value", key, kindNumber, strconv.FormatFloat(v, 'g', -1, 64)), true
	case bool:
		return fact("value", key, kindTruth, strconv.FormatBool(v)), true
	}
	return "", false
}

// kindFact says that a key has a single value of a kind, to be compared.
func kindFact(key, kind string) string { return fact("kind", key, kind, "") }

// factsOf lists the facts of a document, each once.
func factsOf(r store.Record) []string {
	var facts []string
	seen := map[string]bool{}
	add := func(f string) {
		if !seen[f] {
			seen[f] = true
			facts = append(facts, f)
		}
	}
	for key := range keysOf(r) {
		value, _ := r.Value(key)
		if list, isList := value.([]string); isList {
			for _, member := range list {
				f, _ := valueFact(key, member)
				add(f)
			}
			continue
		}
		f, _ := valueFact(key, value)
		add(f)
		switch value.(type) {
		case string:
			add(kindFact(key, kindText))
		case float64:
			add(kindFact(key, kindNumber))
		}
	}
	return facts
}

// keysOf are the keys that a filter finds in a document.
func keysOf(r store.Record) map[string]bool {
	keys := map[string]bool{store.KeyType: true, store.KeySource: true}
	if !r.UpdatedAt.IsZero() {
		keys[store.KeyUpdatedAt] = true
	}
	for key := range r.Metadata {
		if key != store.KeyUpdatedAt { // where the time is not known, nothing else is meant
			keys[key] = true
		}
	}
	return keys
}

// numbersOf are the numbers of a document's metadata, for ranges.
func numbersOf(r store.Record) *qc.Value {
	numbers := &qc.Struct{Fields: map[string]*qc.Value{}}
	for key := range keysOf(r) {
		value, _ := r.Value(key)
		if n, isNumber := value.(float64); isNumber {
			numbers.Fields[numberName(key)] = qc.NewValueDouble(n)
		}
	}
	return qc.NewValueStruct(numbers)
}

// numberName is a metadata key as a path of Qdrant's can hold it: itself where
// it is plain, and else a hash of it, which no plain name starts like.
func numberName(key string) string {
	if isPlain(key) {
		return key
	}
	return "_" + fact("name", key, "", "")
}

func isPlain(key string) bool {
	for i, c := range []byte(key) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return key != "" && len(key) <= 64
}

func numberPath(key string) string { return keyNumbers + "." + numberName(key) }
