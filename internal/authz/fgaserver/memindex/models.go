package memindex

import (
	"context"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
)

// FindLatestAuthorizationModel implements storage.AuthorizationModelReadBackend.
// The newest model is kept in memory; other models are immutable, and OpenFGA's
// server keeps those itself.
func (d *Datastore) FindLatestAuthorizationModel(ctx context.Context, store string) (*openfgav1.AuthorizationModel, error) {
	if m, ok := d.latest.Load(store); ok {
		return m.(*openfgav1.AuthorizationModel), nil
	}
	if err := d.lock(ctx); err != nil {
		return nil, err
	}
	defer d.unlock()
	m, err := d.OpenFGADatastore.FindLatestAuthorizationModel(ctx, store)
	if err != nil {
		return nil, err
	}
	d.latest.Store(store, m)
	return m, nil
}

// WriteAuthorizationModel implements storage.TypeDefinitionWriteBackend. Which
// model is the newest is for the datastore below to say, when next asked.
func (d *Datastore) WriteAuthorizationModel(ctx context.Context, store string, model *openfgav1.AuthorizationModel) error {
	if err := d.lock(ctx); err != nil {
		return err
	}
	defer d.unlock()
	// SECURITY: also after an error, which does not prove that nothing was
	// written; checks against a model that has been replaced may grant more.
	defer d.latest.Delete(store)
	return d.OpenFGADatastore.WriteAuthorizationModel(ctx, store, model)
}
