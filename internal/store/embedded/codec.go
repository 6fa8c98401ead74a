package embedded

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// errDamaged is what a value says that this program never wrote.
var errDamaged = fmt.Errorf("%w: the file is damaged; restore a backup, or remove it and ingest again", eyeshot.ErrConflict)

// encodeVector appends a vector as float32, little-endian.
func encodeVector(to []byte, vector []float32) []byte {
	for _, x := range vector {
		to = binary.LittleEndian.AppendUint32(to, math.Float32bits(x))
	}
	return to
}

// decodeVector reads a vector of len(to) numbers.
func decodeVector(to []float32, from []byte) error {
	if len(from) != 4*len(to) {
		return fmt.Errorf("%w: a vector has %d bytes instead of %d", errDamaged, len(from), 4*len(to))
	}
	for i := range to {
		to[i] = math.Float32frombits(binary.LittleEndian.Uint32(from[4*i:]))
	}
	return nil
}

func encodeMetadata(metadata map[string]any) (string, error) {
	encoded, err := json.Marshal(metadata)
	return string(encoded), err
}

// decodeMetadata reads metadata with the kinds of value that [store.Record] names.
func decodeMetadata(encoded []byte) (map[string]any, error) {
	var metadata map[string]any
	if err := json.Unmarshal(encoded, &metadata); err != nil {
		return nil, fmt.Errorf("%w: metadata: %w", errDamaged, err)
	}
	for key, value := range metadata {
		if list, isList := value.([]any); isList {
			metadata[key] = texts(list)
		}
	}
	return metadata, nil
}

func texts(list []any) []string {
	out := make([]string, 0, len(list))
	for _, member := range list {
		text, _ := member.(string)
		out = append(out, text)
	}
	return out
}

func encodeTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func decodeTime(encoded string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, encoded)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: a time: %w", errDamaged, err)
	}
	return t.UTC(), nil
}
