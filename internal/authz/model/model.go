// Package model holds the permission model that ships with Eyeshot, in
// OpenFGA's modelling language, and turns models in that language into what
// OpenFGA takes, with errors that a person can act on. It knows no store and
// asks no server. What the model says is in eyeshot.fga and docs/model.md; the
// .fga.yaml files beside it prove each of its rules.
package model

import (
	_ "embed"
	"fmt"

	"github.com/openfga/language/pkg/go/transformer"

	"github.com/eyeshot-dev/eyeshot"
)

//go:embed eyeshot.fga
var shipped string

// DSL returns the model that ships with Eyeshot.
func DSL() string { return shipped }

// JSON turns a model from OpenFGA's modelling language into the JSON that its
// API takes. A model that [Validate] refuses fails with its error.
func JSON(dsl string) ([]byte, error) {
	if err := Validate(dsl); err != nil {
		return nil, err
	}
	return transform(dsl)
}

// transform is the language's own translation, which panics on some texts that
// are no models.
func transform(dsl string) (encoded []byte, err error) {
	defer func() {
		if found := recover(); found != nil {
			encoded, err = nil, fmt.Errorf("%w: authorization model: can't be read (%v)", eyeshot.ErrInvalid, found)
		}
	}()
	text, err := transformer.TransformDSLToJSON(dsl)
	if err != nil {
		return nil, err
	}
	return []byte(text), nil
}
