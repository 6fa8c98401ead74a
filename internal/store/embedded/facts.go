package embedded

import (
	"encoding/binary"
	"slices"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// facts hold what metadata filters compare. Each key's values are kept once and
// numbered, so that a filter compares each value once, however many documents
// have it. All of it is append-only.
type facts struct {
	keys   map[string]uint32
	names  []string     // by key number
	values []factValues // by key number
	// flat holds, for each document, the number of its facts and then a key
	// number and a value number for each.
	flat []uint32
}

type factValues struct {
	list    []any
	numbers map[any]uint32
}

// listKey stands for a []string in a map: each member behind its length.
type listKey string

func newFacts() facts { return facts{keys: map[string]uint32{}} }

// add appends a document's facts and returns where they are. They are ordered
// by key, so that equal documents give equal facts.
func (f *facts) add(record store.Record) uint32 {
	keys := []string{store.KeyType, store.KeySource, store.KeyUpdatedAt}
	for key := range record.Metadata {
		if !slices.Contains(keys[:3], key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys[3:])
	at := len(f.flat)
	f.flat = append(f.flat, 0)
	for _, key := range keys {
		if value, found := record.Value(key); found {
			f.addFact(at, key, value)
		}
	}
	return uint32(at)
}

func (f *facts) addFact(at int, key string, value any) {
	number, known := f.keys[key]
	if !known {
		number = uint32(len(f.values))
		f.keys[key] = number
		f.names = append(f.names, key)
		f.values = append(f.values, factValues{numbers: map[any]uint32{}})
	}
	f.flat[at]++
	f.flat = append(f.flat, number, f.values[number].intern(value))
}

func (v *factValues) intern(value any) uint32 {
	key := value
	if members, isList := value.([]string); isList {
		key, value = newListKey(members), slices.Clone(members) // the caller's may change
	}
	number, known := v.numbers[key]
	if !known {
		number = uint32(len(v.list))
		v.numbers[key] = number
		v.list = append(v.list, value)
	}
	return number
}

func newListKey(members []string) listKey {
	var key []byte
	for _, member := range members {
		key = append(binary.AppendUvarint(key, uint64(len(member))), member...)
	}
	return listKey(key)
}
