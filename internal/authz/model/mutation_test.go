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
	run, files := newRunner(t), storeFiles(t)
	mutants := mutate(t, shippedJSON(t))
	if len(mutants) < 100 {
		t.Fatalf("only %d mutants: the model has more rules than that", len(mutants))
	}
	for _, mutant := range mutants {
		if !refusesATuple(t, files, mutant) && !failsATest(t, run, files, mutant) {
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

// failsATest runs the store tests, those that assert the mutated relation
// first, until one fails.
func failsATest(t *testing.T, run runner, files map[string]storeFile, mutant mutant) bool {
	t.Helper()
	for _, first := range []bool{true, false} {
		for _, path := range slices.Sorted(maps.Keys(files)) {
			for _, test := range files[path].Tests {
				if test.asserts(mutant.typ, mutant.relation) != first {
					continue
				}
				failures, err := run.run(t.Context(), mutant.json, files[path].Tuples, test)
				if errors.Is(err, eyeshot.ErrInvalid) {
					return true // OpenFGA refuses the model itself
				}
				if err != nil {
					t.Fatal(err)
				}
				if len(failures) > 0 {
					return true
				}
			}
		}
	}
	return false
}

func (t storeTest) asserts(typ, relation string) bool {
	return slices.ContainsFunc(t.Check, func(check checkYAML) bool {
		_, asserted := check.Assertions[relation]
		return asserted && slices.ContainsFunc(check.objects(), func(object string) bool {
			return eyeshot.Object(object).Type() == typ
		})
	})
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
