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
var dsl string

// DSL returns the model that ships with Eyeshot.
func DSL() string { return dsl }

// JSON turns a model from OpenFGA's modelling language into the JSON that its
// API takes. A text that can't be read fails with [eyeshot.ErrInvalid].
func JSON(dsl string) ([]byte, error) {
	encoded, err := transformer.TransformDSLToJSON(dsl)
	if err != nil {
		return nil, fmt.Errorf("%w: authorization model: %v", eyeshot.ErrInvalid, err)
	}
	return []byte(encoded), nil
}
