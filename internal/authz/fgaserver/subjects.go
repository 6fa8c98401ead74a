package fgaserver

import (
	"context"
	"slices"
	"strings"
	"sync"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
)

// subjects finds the requests for which the index may leave out usersets that
// the asked user is not in, see memindex.Pin.
type subjects struct {
	models storage.AuthorizationModelReadBackend
	// plain maps store and model to whether the model has no exclusion. Models
	// never change.
	plain sync.Map
}

func newSubjects(cfg Config, models storage.AuthorizationModelReadBackend) *subjects {
	if cfg.PlainSQLite {
		return &subjects{}
	}
	return &subjects{models: models}
}

// of returns the one plain user that a request asks about, or nothing if there
// is none or the request does not qualify.
func (s *subjects) of(ctx context.Context, req any) string {
	switch r := req.(type) {
	case *openfgav1.CheckRequest:
		return s.qualify(ctx, r, r.GetTupleKey().GetUser(), r.GetContextualTuples())
	case *openfgav1.BatchCheckRequest:
		user := ""
		for _, c := range r.GetChecks() {
			if user != "" && user != c.GetTupleKey().GetUser() || len(c.GetContextualTuples().GetTupleKeys()) > 0 {
				return ""
			}
			user = c.GetTupleKey().GetUser()
		}
		return s.qualify(ctx, r, user, nil)
	}
	return ""
}

type modelRequest interface {
	GetStoreId() string
	GetAuthorizationModelId() string
}

func (s *subjects) qualify(ctx context.Context, r modelRequest, user string, own *openfgav1.ContextualTupleKeys) string {
	plainUser := strings.Contains(user, ":") && !strings.ContainsAny(user, "#*")
	if s.models == nil || !plainUser || len(own.GetTupleKeys()) > 0 || !s.withoutExclusion(ctx, r) {
		return ""
	}
	return user
}

// withoutExclusion reports whether the request names a model, and that model
// has no "but not" anywhere.
//
// SECURITY: in a model without exclusion, tuples that are left out can only
// turn an allow into a deny. With one, they could do the reverse.
func (s *subjects) withoutExclusion(ctx context.Context, r modelRequest) bool {
	key := [2]string{r.GetStoreId(), r.GetAuthorizationModelId()}
	if key[1] == "" {
		return false
	}
	if plain, ok := s.plain.Load(key); ok {
		return plain.(bool)
	}
	model, err := s.models.ReadAuthorizationModel(ctx, key[0], key[1])
	if err != nil {
		return false
	}
	plain := true
	for _, t := range model.GetTypeDefinitions() {
		for _, rewrite := range t.GetRelations() {
			plain = plain && !excludes(rewrite)
		}
	}
	s.plain.Store(key, plain)
	return plain
}

// excludes reports whether a rewrite is or holds an exclusion, or anything that
// is not known to be without one.
func excludes(rewrite *openfgav1.Userset) bool {
	switch r := rewrite.GetUserset().(type) {
	case *openfgav1.Userset_This, *openfgav1.Userset_ComputedUserset, *openfgav1.Userset_TupleToUserset:
		return false
	case *openfgav1.Userset_Union:
		return slices.ContainsFunc(r.Union.GetChild(), excludes)
	case *openfgav1.Userset_Intersection:
		return slices.ContainsFunc(r.Intersection.GetChild(), excludes)
	default:
		return true
	}
}
