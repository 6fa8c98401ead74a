package reference_test

import (
	"testing"

	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

func TestTheReferenceConforms(t *testing.T) {
	storetest.Run(t, func(*testing.T) func() (store.Driver, error) {
		s := reference.New()
		return func() (store.Driver, error) { return s, nil }
	})
}
