package authzsync

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
)

// lookForModel swaps in the store's latest model. The new program is built
// aside; the relationships stay, since they are kept whether or not a model
// allows them.
func (x *Index) lookForModel(ctx context.Context) error {
	id, err := x.modelID(ctx)
	if err != nil || id == x.View().ModelID() {
		return err
	}
	program, err := compile(ctx, x.source, id)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	view := x.View()
	x.forgetReaders()
	x.publish(algebra.NewVersion(program, view.version.State(), nil), view.asOf)
	x.stats.Models++
	x.log.Info("the permission index follows a new model", "model", id)
	return nil
}

func (x *Index) modelID(ctx context.Context) (string, error) {
	if x.options.ModelID != "" {
		return x.options.ModelID, nil
	}
	id, err := x.source.LatestModelID(ctx)
	if err != nil {
		return "", fmt.Errorf("find the latest model: %w", err)
	}
	return id, nil
}

func compile(ctx context.Context, source Source, id string) (*algebra.Program, error) {
	model, err := source.Model(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", id, err)
	}
	return algebra.Compile(model)
}
