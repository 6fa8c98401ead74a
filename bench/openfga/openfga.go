// Package openfga starts the OpenFGA server that Eyeshot has inside, with a store
// of its own in a temporary directory, for benchmarks that compare with it or
// need it without the rest of the product.
package openfga

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
)

// Server is a running server with one store on the shipped model.
type Server struct {
	*authz.Store
	dir    string
	server *fgaserver.Server
	client *authz.Client
}

// Start starts a server. Whoever starts it closes it.
func Start(ctx context.Context) (*Server, error) {
	s := &Server{}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) (err error) {
	if s.dir, err = os.MkdirTemp("", "eyeshot-bench-"); err != nil {
		return fmt.Errorf("making a temporary directory (TMPDIR says where): %w", err)
	}
	if s.server, err = fgaserver.Open(ctx, fgaserver.Config{Dir: s.dir}); err != nil {
		return fmt.Errorf("starting OpenFGA: %w", err)
	}
	if s.client, err = authz.NewClient(authz.Config{Transport: s.server.Transport(), ListDeadline: -1}); err != nil {
		return err
	}
	id, err := s.client.CreateStore(ctx, "bench")
	if err != nil {
		return fmt.Errorf("making a store: %w", err)
	}
	encoded, err := model.JSON(model.DSL())
	if err != nil {
		return err
	}
	modelID, err := s.client.Store(id, "").WriteModel(ctx, encoded)
	if err != nil {
		return fmt.Errorf("writing the model: %w", err)
	}
	s.Store = s.client.Store(id, modelID)
	return nil
}

// Close ends the server and removes its data.
func (s *Server) Close() error {
	var all error
	if s.client != nil {
		s.client.Close()
	}
	if s.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		all = s.server.Close(ctx)
	}
	if s.dir != "" {
		all = errors.Join(all, os.RemoveAll(s.dir))
	}
	return all
}

// List returns what OpenFGA's streamed list says that the subject may read.
func (s *Server) List(ctx context.Context, subject eyeshot.Subject, relation, typ string) ([]eyeshot.Object, error) {
	var all []eyeshot.Object
	for object, err := range s.StreamObjects(ctx, subject, relation, typ, nil) {
		if err != nil {
			return nil, err
		}
		all = append(all, object)
	}
	return all, nil
}

// Model is the shipped model, as the permission index compiles it.
func Model() (*authz.Model, error) {
	encoded, err := model.JSON(model.DSL())
	if err != nil {
		return nil, err
	}
	return authz.ParseModel(encoded)
}
