package identity

import (
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"
)

// maxNumericDate is the last second of the year 9999: more is no date.
const maxNumericDate = 253402300799

// claims are the members of a JWT's payload or of an object in it. Names are
// case-sensitive and a name that comes twice is an error (RFC 8725 section
// 2.6): go-jose's JSON package sees to both, the standard library's to neither.
type claims map[string]json.RawMessage

func parseClaims(payload []byte) (claims, error) {
	// SECURITY: the decoder replaces broken bytes, so that two names could
	// become one.
	if !utf8.Valid(payload) {
		return nil, errors.New("the claims are not valid UTF-8")
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil || c == nil {
		return nil, errors.New("the claims are not a JSON object with each name at most once")
	}
	return c, nil
}

// decode reads a claim into v and reports whether it is there. A null is a
// malformed claim, not an absent one.
func (c claims) decode(name string, v any) (present bool, err error) {
	raw, present := c[name]
	if !present {
		return false, nil
	}
	if string(raw) == "null" || json.Unmarshal(raw, v) != nil {
		return true, fmt.Errorf("the claim %q is not of the right kind", cut(name, 80))
	}
	return true, nil
}

// text reads a string claim. One that is there is never empty.
func (c claims) text(name string) (value string, present bool, err error) {
	present, err = c.decode(name, &value)
	if err == nil && present && value == "" {
		err = fmt.Errorf("the claim %q is empty", cut(name, 80))
	}
	return value, present, err
}

// object reads a claim that is an object, such as "act".
func (c claims) object(name string) (value claims, present bool, err error) {
	present, err = c.decode(name, &value)
	return value, present, err
}

// date reads a NumericDate: seconds since 1970, fractions allowed (RFC 7519
// section 2).
func (c claims) date(name string) (value time.Time, present bool, err error) {
	var seconds float64
	present, err = c.decode(name, &seconds)
	if err != nil || !present {
		return time.Time{}, present, err
	}
	if seconds < 0 || seconds > maxNumericDate {
		return time.Time{}, true, fmt.Errorf("the claim %q is not a date between 1970 and 9999", name)
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)), true, nil
}

// audience reads "aud": one string or a list of them (RFC 7519 section 4.1.3).
func (c claims) audience() ([]string, error) {
	var one string
	if present, err := c.decode("aud", &one); err == nil && present {
		return []string{one}, nil
	}
	var many []string
	if _, err := c.decode("aud", &many); err != nil {
		return nil, errors.New("the claim \"aud\" is neither a string nor a list of strings")
	}
	return many, nil
}
