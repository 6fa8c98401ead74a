package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
)

// errMediaType is answered with 415.
var errMediaType = errors.New("the body must be application/json")

// readJSON reads the body, of at most limit bytes, into target, strictly: one
// JSON object, UTF-8, no unknown field and none twice. It answers itself and
// returns false where that fails.
func (s *server) readJSON(c *gin.Context, limit int64, target any) bool {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
	err := decodeBody(c.Request, target)
	if errors.Is(err, errMediaType) {
		s.problem(c, http.StatusUnsupportedMediaType, "media-type", err.Error())
		return false
	}
	if err != nil {
		s.fail(c, err)
		return false
	}
	return true
}

func decodeBody(request *http.Request, target any) error {
	media, _, err := mime.ParseMediaType(request.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return errMediaType
	}
	body, err := readBody(request)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(target); err != nil {
		return badJSON(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return eyeshot.Invalid("body", "", "must be one JSON object and nothing behind it")
	}
	return checkFields(body, target)
}

func readBody(request *http.Request) ([]byte, error) {
	body, err := io.ReadAll(request.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, err
	case err != nil: // cut off, or not in the encoding that its headers say
		return nil, eyeshot.Invalid("body", "", "could not be read to its end")
	case !utf8.Valid(body): // encoding/json would replace bad bytes in silence
		return nil, eyeshot.Invalid("body", "", "must be valid UTF-8")
	}
	return body, nil
}

// checkFields fails on a field that target has not, or that comes twice.
// encoding/json would take "QUERY" for "query", and of two fields the last,
// where whoever looked at the request before may have looked at the first.
func checkFields(body []byte, target any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return eyeshot.Invalid("body", "", "must be a JSON object")
	}
	left := fieldNames(target)
	for decoder.More() {
		token, err := decoder.Token()
		var value json.RawMessage
		if err == nil {
			err = decoder.Decode(&value)
		}
		if err != nil {
			return badJSON(err)
		}
		name, _ := token.(string)
		fresh, known := left[name]
		switch {
		case !known:
			return eyeshot.Invalid("field", name, "is not known here; see /openapi.json")
		case !fresh:
			return eyeshot.Invalid("field", name, "is there twice")
		}
		left[name] = false
	}
	return nil
}

// fieldNames lists the JSON names of a pointer to a struct.
func fieldNames(target any) map[string]bool {
	typ := reflect.TypeOf(target).Elem()
	names := make(map[string]bool, typ.NumField())
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}

// badJSON says what is wrong in JSON's words, naming the field where
// encoding/json does; it never repeats the body.
func badJSON(err error) error {
	var wrongType *json.UnmarshalTypeError
	if !errors.As(err, &wrongType) {
		return eyeshot.Invalid("body", "", "is not well-formed JSON")
	}
	field := wrongType.Field
	if field == "" {
		field = "body"
	}
	number, isNumber := strings.CutPrefix(wrongType.Value, "number ")
	if isNumber {
		return eyeshot.Invalid(field, number, "must be "+kindInJSON(wrongType.Type))
	}
	return eyeshot.Invalid(field, wrongType.Value, "must be "+kindInJSON(wrongType.Type))
}

func kindInJSON(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		return "a JSON object"
	}
	return "of another type"
}
