package store

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

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
	if err := checkSubjects(at+".readers", r.Readers); err != nil {
		return err
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

func checkReaders(all []DocumentReaders) error {
	for i, one := range all {
		at := fmt.Sprintf("readers[%d]", i)
		if err := firstError(checkObject(at+".object", one.Object), checkSubjects(at+".readers", one.Readers)); err != nil {
			return err
		}
	}
	return nil
}

func checkSubjects(at string, subjects []eyeshot.Subject) error {
	if len(subjects) > MaxReaders {
		return eyeshot.Invalid(at, fmt.Sprint(len(subjects)), fmt.Sprintf("are too many, at most %d are allowed", MaxReaders))
	}
	for i, subject := range subjects {
		if _, err := eyeshot.ParseSubject(string(subject)); err != nil {
			return fmt.Errorf("%s[%d]: %w", at, i, err)
		}
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
			record.Readers = inOrder(record.Readers)
			kept = append(kept, record)
		}
	}
	slices.Reverse(kept)
	return kept
}

// normalizeReaders is [normalize] for readers.
func normalizeReaders(all []DocumentReaders) []DocumentReaders {
	seen := make(map[eyeshot.Object]bool, len(all))
	kept := make([]DocumentReaders, 0, len(all))
	for _, one := range slices.Backward(all) {
		if !seen[one.Object] {
			seen[one.Object] = true
			kept = append(kept, DocumentReaders{one.Object, inOrder(one.Readers)})
		}
	}
	slices.Reverse(kept)
	return kept
}

// inOrder sorts subjects and drops what comes twice; it leaves the argument as
// it is.
func inOrder(subjects []eyeshot.Subject) []eyeshot.Subject {
	if slices.IsSorted(subjects) && len(slices.Compact(slices.Clone(subjects))) == len(subjects) {
		return subjects
	}
	return slices.Compact(slices.Sorted(slices.Values(subjects)))
}
