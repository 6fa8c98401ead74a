package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
)

// errMediaType is answered with 415.
var errMediaType = errors.New("the body must be application/json")

// readJSON reads the body into target, strictly: one JSON value, UTF-8, no
// unknown field. It answers itself and returns false where that fails.
func (s *server) readJSON(c *gin.Context, target any) bool {
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
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return err
	}
	// encoding/json would replace bad bytes in silence.
	if !utf8.Valid(body) {
		return eyeshot.Invalid("body", "", "must be valid UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		return badJSON(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return eyeshot.Invalid("body", "", "must be one JSON object")
	}
	return nil
}

// badJSON names the field where encoding/json does; it never repeats the body.
func badJSON(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return eyeshot.Invalid(wrongType.Field, "", "must be a "+wrongType.Type.String()+", not a "+wrongType.Value)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return eyeshot.Invalid("field", strings.Trim(name, `"`), "is not known here; see /openapi.json")
	}
	if errors.Is(err, eyeshot.ErrInvalid) {
		return err
	}
	return eyeshot.Invalid("body", "", "is not well-formed JSON")
}
