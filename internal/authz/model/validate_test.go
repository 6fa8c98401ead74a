package model_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openfga/language/pkg/go/transformer"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
)

// TestAModelThatIsWrongIsRefusedWithTheLineAndWhatIsAllowed runs the models in
// testdata/bad, each of which says in its first line what it should be told.
// OpenFGA must refuse them too: nothing is forbidden here that it allows.
func TestAModelThatIsWrongIsRefusedWithTheLineAndWhatIsAllowed(t *testing.T) {
	store := authztest.NewStore(t, "")
	paths, err := filepath.Glob("testdata/bad/*.fga")
	if err != nil || len(paths) < 10 {
		t.Fatalf("found %d models, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".fga"), func(t *testing.T) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			head, _, _ := strings.Cut(string(content), "\n")
			want, ok := strings.CutPrefix(head, "# want: ")
			if !ok {
				t.Fatal(`the first line must be "# want: …"`)
			}
			err = model.Validate(string(content))
			var problems model.Problems
			if !errors.As(err, &problems) || !errors.Is(err, eyeshot.ErrInvalid) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("was told\n%v\nwhich does not say\n%s", err, want)
			}
			if encoded, err := transformer.TransformDSLToJSON(string(content)); err == nil {
				if _, err := store.WriteModel(t.Context(), []byte(encoded)); !errors.Is(err, eyeshot.ErrInvalid) {
					t.Errorf("OpenFGA takes it: %v", err)
				}
			}
			if encoded, err := model.JSON(string(content)); err == nil {
				t.Errorf("it became JSON all the same: %s", encoded)
			}
		})
	}
}

func TestAModelThatIsEmptyOrEnormousIsRefused(t *testing.T) {
	for _, dsl := range []string{"", " \n\t", model.DSL() + strings.Repeat("# more\n", 50_000)} {
		if err := model.Validate(dsl); !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("a model of %d bytes: got %v", len(dsl), err)
		}
	}
}

func TestAllProblemsOfAModelAreToldAtOnceInOrder(t *testing.T) {
	err := model.Validate(`model
  schema 1.1
type user
type doc
  relations
    define c: [usr]
    define b: x
    define a: y from z
`)
	var problems model.Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Fatalf("got %v", err)
	}
	for i, problem := range problems {
		if problem.Line != 6+i {
			t.Errorf("problem %d is told of line %d: %s", i, problem.Line, problem.Text)
		}
	}
}

func TestTheShippedModelAndOthersThatAreRightAreAccepted(t *testing.T) {
	models := map[string]string{
		"shipped":                  model.DSL(),
		"comments and blank lines": "# a comment\nmodel\n  schema 1.1\n\ntype user # people\n\n# documents\ntype doc\n  relations\n    define viewer: [user] # who sees it\n",
		"every operator": "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define parent: [doc]\n    define a: [user, user:*, doc#a]\n" +
			"    define b: ([user] and a) or a from parent\n    define c: a but not b\n",
		"a parent of two types": "model\n  schema 1.1\ntype user\ntype org\ntype folder\n  relations\n    define viewer: [user]\n" +
			"type doc\n  relations\n    define parent: [org, folder]\n    define viewer: viewer from parent\n",
	}
	for name, dsl := range models {
		if err := model.Validate(dsl); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		encoded, err := model.JSON(dsl)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := authztest.NewStore(t, dsl).WriteModel(t.Context(), encoded); err != nil {
			t.Errorf("%s: OpenFGA refuses it: %v", name, err)
		}
	}
}

func FuzzAnyTextIsAModelOrAnErrorAndNeverAPanic(f *testing.F) {
	f.Add(model.DSL())
	f.Add("")
	f.Add("model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define a: [user] or (b and")
	f.Add("type")
	f.Add("model\n schema 1.1\nextend type x\n condition c(x: list<string>) { x }")
	f.Fuzz(func(t *testing.T, dsl string) {
		err := model.Validate(dsl)
		if err != nil && !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("%v is not an ErrInvalid", err)
		}
		if _, jsonErr := model.JSON(dsl); (err == nil) != (jsonErr == nil) {
			t.Errorf("Validate says %v, JSON says %v", err, jsonErr)
		}
	})
}
