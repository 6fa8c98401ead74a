package store

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
)

// Limits of what a store takes, in bytes unless said otherwise.
const (
	MaxTenantBytes   = 256
	MaxTextBytes     = 1 << 20   // a title, a heading, or the text of one chunk
	MaxMetadataBytes = 128 << 10 // keys and values of one document
	MaxChunks        = 10_000    // of one document
	MaxReaders       = 100_000   // of one document
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
