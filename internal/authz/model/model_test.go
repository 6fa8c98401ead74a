package model_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func storeFiles(t *testing.T) map[string]storeFile {
	t.Helper()
	paths, err := filepath.Glob("*.fga.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no store tests found: %v", err)
	}
	files := map[string]storeFile{}
	for _, path := range paths {
		file, err := loadStoreFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = file
	}
	return files
}

func shippedJSON(t *testing.T) []byte {
	t.Helper()
	encoded, err := model.JSON(model.DSL())
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func TestTheModelSaysWhatTheStoreTestsSay(t *testing.T) {
	run, modelJSON := newRunner(t), shippedJSON(t)
	for path, file := range storeFiles(t) {
		t.Run(strings.TrimSuffix(path, ".fga.yaml"), func(t *testing.T) {
			for _, test := range file.Tests {
				t.Run(test.Name, func(t *testing.T) {
					store, err := run.prepare(t.Context(), modelJSON, file.Tuples, test)
					if err != nil {
						t.Fatal(err)
					}
					failures, err := run.run(t.Context(), store, test)
					if err != nil {
						t.Fatal(err)
					}
					for _, failure := range failures {
						t.Error(failure)
					}
				})
			}
		})
	}
}

// TestEachRelationIsAssertedBothWays holds the store tests to the model: a
// relation that nobody asserts, or asserts one way only, is not tested.
func TestEachRelationIsAssertedBothWays(t *testing.T) {
	parsed, err := authz.ParseModel(shippedJSON(t))
	if err != nil {
		t.Fatal(err)
	}
	type asserted struct{ yes, no bool }
	seen := map[string]*asserted{}
	for _, file := range storeFiles(t) {
		for _, test := range file.Tests {
			for _, check := range test.Check {
				for _, object := range check.objects() {
					for relation, want := range check.Assertions {
						name := eyeshot.Object(object).Type() + "#" + relation
						if seen[name] == nil {
							seen[name] = &asserted{}
						}
						seen[name].yes = seen[name].yes || want
						seen[name].no = seen[name].no || !want
					}
				}
			}
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(parsed.Types)) {
		for _, relation := range slices.Sorted(maps.Keys(parsed.Types[typ].Relations)) {
			if got := seen[typ+"#"+relation]; got == nil || !got.yes || !got.no {
				t.Errorf("%s#%s needs a check that is true and one that is false", typ, relation)
			}
		}
	}
}

func TestAStoreTestThatCouldSkipAnAssertionIsRefused(t *testing.T) {
	const head = "name: x\nmodel_file: ./eyeshot.fga\n"
	files := map[string]string{
		"unknown key":      head + "tests: [{name: a, check: [{user: 'user:a', object: 'group:g', asertions: {member: true}}]}]",
		"key twice":        head + "tests: [{name: a, check: [{user: 'user:a', object: 'group:g', assertions: {member: true, member: false}}]}]",
		"no assertions":    head + "tests: [{name: a, check: [{user: 'user:a', object: 'group:g'}]}]",
		"nothing asked":    head + "tests: [{name: a}]",
		"no tests":         head,
		"no users":         head + "tests: [{name: a, check: [{object: 'group:g', assertions: {member: true}}]}]",
		"user and users":   head + "tests: [{name: a, check: [{user: 'user:a', users: ['user:b'], object: 'group:g', assertions: {member: true}}]}]",
		"another model":    "name: x\nmodel_file: ./other.fga\ntests: [{name: a, check: [{user: 'user:a', object: 'group:g', assertions: {member: true}}]}]",
		"not a bool":       head + "tests: [{name: a, check: [{user: 'user:a', object: 'group:g', assertions: {member: maybe}}]}]",
		"unknown at top":   head + "test: []\ntests: [{name: a, check: [{user: 'user:a', object: 'group:g', assertions: {member: true}}]}]",
		"list without one": head + "tests: [{name: a, list_objects: [{user: 'user:a', type: group}]}]",
	}
	for name, content := range files {
		if _, err := parseStoreFile(name, []byte(content)); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}
