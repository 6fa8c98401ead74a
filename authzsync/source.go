package authzsync

import (
	"context"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Source is what the index reads of one OpenFGA store. [*authz.Store] is one.
//
// Read must answer at higher consistency: the index asks it about single
// relationships where the change log leaves a doubt.
type Source interface {
	// ID returns the store's id. A source that finds its store anew, because it
	// was deleted and made again, returns the new id from then on.
	ID() string
	Read(ctx context.Context, filter authz.ReadFilter, pageSize int, token string) (authz.Page, error)
	ReadChanges(ctx context.Context, pageSize int, token string) (authz.ChangePage, error)
	LatestModelID(ctx context.Context) (string, error)
	Model(ctx context.Context, id string) (*authz.Model, error)
}

// pageSize is the largest page that OpenFGA gives.
const pageSize = 100
