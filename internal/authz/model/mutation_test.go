package model_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// mutant is the model with one thing left out.
type mutant struct {
	name     string // what was left out
	typ      string // of which relation
	relation string
	json     []byte
}

// TestEachRuleOfTheModelIsProvenByAStoreTest leaves out, one at a time, every
// operand of every "or" and "and" and every type that may be written on a
// relation, and wants a store test to fail for each: a rule whose loss nobody
// notices is a rule that nobody tests.
func TestEachRuleOfTheModelIsProvenByAStoreTest(t *testing.T) {
	if testing.Short() {
		t.Skip("runs store tests for each rule of the model, which takes a while")
	}
	files := storeFiles(t)
	trials := prepareTrials(t, files)
	mutants := mutate(t, shippedJSON(t))
	if len(mutants) < 100 {
		t.Fatalf("only %d mutants: the model has more rules than that", len(mutants))
	}
	for _, mutant := range mutants {
		if !refusesATuple(t, files, mutant) && !trials.fail(t, mutant) {
			t.Errorf("no store test fails without %s#%s: %s", mutant.typ, mutant.relation, mutant.name)
		}
	}
}

// refusesATuple is how a type that may be written is proven: a store test that
// writes it can't be run without it.
func refusesATuple(t *testing.T, files map[string]storeFile, mutant mutant) bool {
	t.Helper()
	parsed, err := authz.ParseModel(mutant.json)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, test := range file.Tests {
			for _, relationship := range relationships(append(slices.Clone(file.Tuples), test.Tuples...)) {
				if parsed.Accepts(relationship) != nil {
					return true
				}
			}
		}
	}
	return false
}

// trials are all store tests, each with a store that holds its relationships.
// A mutant needs no store of its own: one store takes many models.
type trials struct {
	run   runner
	all   []storeTest
	store []*authz.Store
}

func prepareTrials(t *testing.T, files map[string]storeFile) trials {
	t.Helper()
	out, modelJSON := trials{run: newRunner(t)}, shippedJSON(t)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		for _, test := range files[path].Tests {
			store, err := out.run.prepare(t.Context(), modelJSON, files[path].Tuples, test)
			if err != nil {
				t.Fatal(err)
			}
			out.all, out.store = append(out.all, test), append(out.store, store)
		}
	}
	return out
}

// fail asks the mutant what the store tests assert of the mutated relation, and
// then, if all that holds, everything, until something fails.
func (r trials) fail(t *testing.T, mutant mutant) bool {
	t.Helper()
	for i, test := range r.all {
		if about := test.about(mutant.typ, mutant.relation); len(about.Check) > 0 && r.fails(t, i, about, mutant) {
			return true
		}
	}
	for i, test := range r.all {
		if r.fails(t, i, test, mutant) {
			return true
		}
	}
	return false
}

func (r trials) fails(t *testing.T, i int, test storeTest, mutant mutant) bool {
	t.Helper()
	modelID, err := r.store[i].WriteModel(t.Context(), mutant.json)
	if errors.Is(err, eyeshot.ErrInvalid) {
		return true // OpenFGA refuses the model itself
	}
	if err != nil {
		t.Fatal(err)
	}
	failures, err := r.run.run(t.Context(), r.run.client.Store(r.store[i].ID(), modelID), test)
	if err != nil {
		t.Fatal(err)
	}
	return len(failures) > 0
}

// about keeps the checks of one relation.
func (t storeTest) about(typ, relation string) storeTest {
	kept := storeTest{Name: t.Name}
	for _, check := range t.Check {
		want, asserted := check.Assertions[relation]
		objects := slices.DeleteFunc(slices.Clone(check.objects()), func(object string) bool {
			return eyeshot.Object(object).Type() != typ
		})
		if asserted && len(objects) > 0 {
			kept.Check = append(kept.Check, checkYAML{
				Users: check.users(), Objects: objects, Context: check.Context, Assertions: map[string]bool{relation: want},
			})
		}
	}
	return kept
}

// mutate works on the model's JSON, where a node of the algebra is an object
// with one key.
func mutate(t *testing.T, modelJSON []byte) []mutant {
	t.Helper()
	var mutants []mutant
	var model map[string]any
	if err := json.Unmarshal(modelJSON, &model); err != nil {
		t.Fatal(err)
	}
	keep := func(name, typ, relation string) {
		encoded, err := json.Marshal(model)
		if err != nil {
			t.Fatal(err)
		}
		mutants = append(mutants, mutant{name: name, typ: typ, relation: relation, json: encoded})
	}
	for _, definition := range model["type_definitions"].([]any) {
		definition := definition.(map[string]any)
		typ := definition["type"].(string)
		relations, _ := definition["relations"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(relations)) {
			eachOperand(relations, name, func(what string) { keep(what, typ, name) })
			metadata := definition["metadata"].(map[string]any)["relations"].(map[string]any)[name].(map[string]any)
			eachRestriction(metadata, func(what string) { keep(what, typ, name) })
		}
	}
	return mutants
}

// eachOperand removes one operand after the other from every union and
// intersection below parent[key], and puts it back.
func eachOperand(parent map[string]any, key string, mutated func(what string)) {
	node := parent[key].(map[string]any)
	for _, kind := range []string{"union", "intersection"} {
		operator, ok := node[kind].(map[string]any)
		if !ok {
			continue
		}
		children := operator["child"].([]any)
		for i, child := range children {
			rest := slices.Delete(slices.Clone(children), i, i+1)
			if len(rest) == 1 {
				parent[key] = rest[0]
			} else {
				operator["child"] = rest
			}
			text, _ := json.Marshal(child)
			mutated(fmt.Sprintf("operand of its %s: %s", kind, text))
			operator["child"], parent[key] = children, node
		}
		for i, child := range children {
			holder := map[string]any{"child": child}
			eachOperand(holder, "child", func(what string) {
				children[i] = holder["child"]
				mutated(what)
			})
			children[i] = child
		}
	}
}

// eachRestriction removes one of several types that may be written directly.
func eachRestriction(metadata map[string]any, mutated func(what string)) {
	direct, _ := metadata["directly_related_user_types"].([]any)
	if len(direct) < 2 {
		return
	}
	for i, restriction := range direct {
		metadata["directly_related_user_types"] = slices.Delete(slices.Clone(direct), i, i+1)
		text, _ := json.Marshal(restriction)
		mutated("type that may be written on it: " + string(text))
	}
	metadata["directly_related_user_types"] = direct
}
