package authz

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/eyeshot-dev/eyeshot"
)

// WriteModel adds an authorization model, given as OpenFGA's JSON, and returns
// its id; it is the store's latest from then on. A model that OpenFGA refuses
// fails with [eyeshot.ErrInvalid] and OpenFGA's reason.
func (s *Store) WriteModel(ctx context.Context, modelJSON []byte) (string, error) {
	if !json.Valid(modelJSON) {
		return "", eyeshot.Invalid("authorization model", string(modelJSON), "must be JSON as OpenFGA takes it")
	}
	var written struct {
		ID string `json:"authorization_model_id"`
	}
	r := post("WriteAuthorizationModel", "/stores/{store_id}/authorization-models", modelJSON)
	if err := s.call(ctx, r, &written); err != nil {
		return "", err
	}
	if written.ID == "" {
		return "", malformed(r.operation, errMissing("authorization_model_id"))
	}
	return written.ID, nil
}

// LatestModelID returns the id of the model that was written last. A store
// without a model fails with [eyeshot.ErrNotFound].
func (s *Store) LatestModelID(ctx context.Context) (string, error) {
	latest, err := s.latestModel(ctx)
	return latest.ID, err
}

// Model reads the model with that id, the latest where id is "". A model of a
// schema that is neither 1.1 nor 1.2, or that holds a rewrite unknown to this
// package, fails with [eyeshot.ErrInvalid]: half a model would decide wrongly.
func (s *Store) Model(ctx context.Context, id string) (*Model, error) {
	if id == "" {
		latest, err := s.latestModel(ctx)
		if err != nil {
			return nil, err
		}
		return latest.model()
	}
	var answer struct {
		Model *wireModel `json:"authorization_model"`
	}
	r := get("ReadAuthorizationModel", "/stores/{store_id}/authorization-models/{id}")
	r.model = id
	if err := s.call(ctx, r, &answer); err != nil {
		return nil, err
	}
	if answer.Model == nil || answer.Model.ID != id {
		return nil, malformed(r.operation, errMissing("authorization_model "+id))
	}
	return answer.Model.model()
}

func (s *Store) latestModel(ctx context.Context) (wireModel, error) {
	var answer struct {
		Models *[]wireModel `json:"authorization_models"`
	}
	r := get("ReadAuthorizationModels", "/stores/{store_id}/authorization-models")
	r.query = url.Values{"page_size": {"1"}}
	if err := s.call(ctx, r, &answer); err != nil {
		return wireModel{}, err
	}
	if answer.Models == nil {
		return wireModel{}, malformed(r.operation, errMissing("authorization_models"))
	}
	if len(*answer.Models) == 0 {
		return wireModel{}, fmt.Errorf("%w: store %s has no authorization model", eyeshot.ErrNotFound, s.id)
	}
	return (*answer.Models)[0], nil
}

// ParseModel reads a model from OpenFGA's JSON, as [Store.Model] does from a
// server. Its ID is the JSON's, "" where there is none.
func ParseModel(modelJSON []byte) (*Model, error) {
	var wire wireModel
	if err := json.Unmarshal(modelJSON, &wire); err != nil {
		return nil, fmt.Errorf("%w: authorization model: %v", eyeshot.ErrInvalid, err)
	}
	return wire.model()
}
