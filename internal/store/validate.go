package store

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
)

// Limits of what a store takes, in bytes unless said otherwise.
const (
	MaxTenantBytes   = 256
	MaxTextBytes     = 1 << 20   // a title, a heading, or the text of one chunk
	MaxMetadataBytes = 128 << 10 // keys and values of one document
	MaxChunks        = 10_000    // of one document
	MaxQueryBytes    = 64 << 10
	MaxDimension     = 16_384 // of a vector
)

// lengthTolerance is how far a vector's length may be from 1: embedders round,
// some to 16 bits.
const lengthTolerance = 0.01

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// SECURITY: a tenant that somebody forgot to set is an error, never a tenant
// of its own that all such mistakes would share.
func checkTenant(tenant string) error {
	switch {
	case tenant == "":
		return eyeshot.Invalid("tenant", tenant, "must not be empty")
	case len(tenant) > MaxTenantBytes:
		return eyeshot.Invalid("tenant", tenant, fmt.Sprintf("is %d bytes long, at most %d are allowed", len(tenant), MaxTenantBytes))
	}
	return checkText("tenant", tenant)
}

func checkModel(model EmbeddingModel) error {
	switch {
	case model.Name == "":
		return eyeshot.Invalid("model", model.Name, "must have a name")
	case model.Dimension < 1 || model.Dimension > MaxDimension:
		return eyeshot.Invalid("dimension", fmt.Sprint(model.Dimension), fmt.Sprintf("must be between 1 and %d", MaxDimension))
	}
	return checkText("model", model.Name)
}

func checkQuery(query Query) error {
	switch {
	case query.Vector == nil && query.Text == "":
		return eyeshot.Invalid("query", "", "must have a vector, a text or both")
	case len(query.Text) > MaxQueryBytes:
		return eyeshot.Invalid("query", "", fmt.Sprintf("is %d bytes long, at most %d are allowed", len(query.Text), MaxQueryBytes))
	case !utf8.ValidString(query.Text): // its value never goes into an error
		return eyeshot.Invalid("query", "", "must be valid UTF-8")
	case query.Vector == nil:
		return nil
	}
	return checkVector("vector", query.Vector)
}

func checkRecords(records []Record) error {
	for i, record := range records {
		if err := checkRecord(fmt.Sprintf("records[%d]", i), record); err != nil {
			return err
		}
	}
	return nil
}

func checkRecord(at string, r Record) error {
	err := firstError(checkObject(at+".object", r.Object), checkText(at+".title", r.Title), checkText(at+".url", r.URL),
		checkText(at+".hash", r.Hash), checkTime(at+".updated_at", r.UpdatedAt), checkMetadata(at+".metadata", r.Metadata))
	if err != nil {
		return err
	}
	if len(r.Chunks) > MaxChunks {
		return eyeshot.Invalid(at+".chunks", fmt.Sprint(len(r.Chunks)), fmt.Sprintf("are too many, at most %d are allowed", MaxChunks))
	}
	for n, chunk := range r.Chunks {
		if err := checkChunk(fmt.Sprintf("%s.chunks[%d]", at, n), r.Object, n, chunk); err != nil {
			return err
		}
	}
	return nil
}

func checkChunk(at string, object eyeshot.Object, n int, chunk eyeshot.Chunk) error {
	switch {
	case chunk.Object != object:
		return eyeshot.Invalid(at+".object", string(chunk.Object), "must be the object of its record")
	case chunk.N != n:
		return eyeshot.Invalid(at+".n", fmt.Sprint(chunk.N), "must count from 0 without gaps, in order")
	}
	return firstError(checkText(at+".heading", chunk.Heading), checkText(at+".text", chunk.Text), checkVector(at+".vector", chunk.Vector))
}

// checkVector makes dot product and cosine the same thing in every store.
func checkVector(at string, vector []float32) error {
	sum := 0.0
	for i, x := range vector {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return eyeshot.Invalid(fmt.Sprintf("%s[%d]", at, i), fmt.Sprint(x), "must be a finite number")
		}
		sum += float64(x) * float64(x)
	}
	if length := math.Sqrt(sum); len(vector) == 0 || sum > 0 && math.Abs(length-1) > lengthTolerance {
		return eyeshot.Invalid(at, fmt.Sprintf("length %g, %d dimensions", length, len(vector)), "must be of unit length or all zero")
	}
	return nil
}

func checkObjects(objects []eyeshot.Object) error {
	for i, object := range objects {
		if err := checkObject(fmt.Sprintf("objects[%d]", i), object); err != nil {
			return err
		}
	}
	return nil
}

func checkObject(at string, object eyeshot.Object) error {
	if _, err := eyeshot.ParseObject(string(object)); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	return nil
}

// checkText refuses what not every store can keep: PostgreSQL has no U+0000.
// A text's content never goes into an error.
func checkText(at, text string) error {
	switch {
	case len(text) > MaxTextBytes:
		return eyeshot.Invalid(at, "", fmt.Sprintf("is %d bytes long, at most %d are allowed", len(text), MaxTextBytes))
	case !utf8.ValidString(text):
		return eyeshot.Invalid(at, "", "must be valid UTF-8")
	case strings.ContainsRune(text, 0):
		return eyeshot.Invalid(at, "", "must not contain the character U+0000")
	}
	return nil
}

func checkTime(at string, t time.Time) error {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return eyeshot.Invalid(at, t.String(), "must be within the years 1 to 9999")
	}
	return nil
}

func checkMetadata(at string, metadata map[string]any) error {
	size := 0
	for key, value := range metadata {
		at := at + "." + key
		size += len(key)
		err := firstError(checkText(at, key), checkValue(at, value, &size))
		if err != nil {
			return err
		}
	}
	if size > MaxMetadataBytes {
		return eyeshot.Invalid(at, "", fmt.Sprintf("is %d bytes long, at most %d are allowed", size, MaxMetadataBytes))
	}
	return nil
}

func checkValue(at string, value any, size *int) error {
	switch v := value.(type) {
	case bool:
		*size++
	case float64:
		*size += 8
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return eyeshot.Invalid(at, fmt.Sprint(v), "must be a finite number")
		}
	case string:
		*size += len(v)
		return checkText(at, v)
	case []string:
		for _, member := range v {
			*size += len(member)
			if err := checkText(at, member); err != nil {
				return err
			}
		}
	default:
		return eyeshot.Invalid(at, fmt.Sprintf("%T", value), "must be a string, a float64, a bool or a list of strings")
	}
	return nil
}

// normalize keeps the last of the records of each object, in the order of their
// last appearance, and brings times into the form that they are kept in.
func normalize(records []Record) []Record {
	seen := make(map[eyeshot.Object]bool, len(records))
	kept := make([]Record, 0, len(records))
	for _, record := range slices.Backward(records) {
		if !seen[record.Object] {
			seen[record.Object] = true
			record.UpdatedAt = record.UpdatedAt.UTC().Truncate(time.Microsecond)
			kept = append(kept, record)
		}
	}
	slices.Reverse(kept)
	return kept
}
