package model_test

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot"
)

// storeFile is an .fga.yaml file as the OpenFGA CLI takes it, as far as it is
// used here. A key that is not listed is an error, so that a typo can't leave an
// assertion out.
type storeFile struct {
	Name      string      `json:"name"`
	ModelFile string      `json:"model_file"`
	Tuples    []tupleYAML `json:"tuples"`
	Tests     []storeTest `json:"tests"`
}

type tupleYAML struct {
	User      string         `json:"user"`
	Relation  string         `json:"relation"`
	Object    string         `json:"object"`
	Condition *conditionYAML `json:"condition"`
}

type conditionYAML struct {
	Name    string         `json:"name"`
	Context map[string]any `json:"context"`
}

type storeTest struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Tuples      []tupleYAML       `json:"tuples"`
	Check       []checkYAML       `json:"check"`
	ListObjects []listObjectsYAML `json:"list_objects"`
	ListUsers   []listUsersYAML   `json:"list_users"`
}

type checkYAML struct {
	User       string          `json:"user"`
	Users      []string        `json:"users"`
	Object     string          `json:"object"`
	Objects    []string        `json:"objects"`
	Context    map[string]any  `json:"context"`
	Assertions map[string]bool `json:"assertions"`
}

type listObjectsYAML struct {
	User       string              `json:"user"`
	Type       string              `json:"type"`
	Context    map[string]any      `json:"context"`
	Assertions map[string][]string `json:"assertions"`
}

type listUsersYAML struct {
	Object     string `json:"object"`
	UserFilter []struct {
		Type     string `json:"type"`
		Relation string `json:"relation,omitempty"`
	} `json:"user_filter"`
	Context    map[string]any `json:"context"`
	Assertions map[string]struct {
		Users []string `json:"users"`
	} `json:"assertions"`
}

func loadStoreFile(path string) (storeFile, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return storeFile{}, err
	}
	return parseStoreFile(filepath.Base(path), content)
}

func parseStoreFile(name string, content []byte) (storeFile, error) {
	var file storeFile
	if err := yaml.UnmarshalStrict(content, &file); err != nil {
		return storeFile{}, fmt.Errorf("%s: %w", name, err)
	}
	if file.ModelFile != "./eyeshot.fga" {
		return storeFile{}, fmt.Errorf("%s: model_file must be ./eyeshot.fga", name)
	}
	if len(file.Tests) == 0 {
		return storeFile{}, fmt.Errorf("%s: has no tests", name)
	}
	for _, test := range file.Tests {
		if err := test.validate(); err != nil {
			return storeFile{}, fmt.Errorf("%s: test %q: %w", name, test.Name, err)
		}
	}
	return file, nil
}

// validate refuses a test that would pass because it asks nothing.
func (t storeTest) validate() error {
	if t.Name == "" {
		return fmt.Errorf("has no name")
	}
	if len(t.Check)+len(t.ListObjects)+len(t.ListUsers) == 0 {
		return fmt.Errorf("asserts nothing")
	}
	for i, check := range t.Check {
		if check.User != "" && check.Users != nil || check.Object != "" && check.Objects != nil {
			return fmt.Errorf("check %d has both one and several users or objects", i+1)
		}
		if len(check.Assertions) == 0 || len(check.users()) == 0 || len(check.objects()) == 0 {
			return fmt.Errorf("check %d must have users, objects and assertions", i+1)
		}
	}
	for i, list := range t.ListObjects {
		if len(list.Assertions) == 0 || list.User == "" || list.Type == "" {
			return fmt.Errorf("list_objects %d must have user, type and assertions", i+1)
		}
	}
	for i, list := range t.ListUsers {
		if len(list.Assertions) == 0 || list.Object == "" || len(list.UserFilter) == 0 {
			return fmt.Errorf("list_users %d must have object, user_filter and assertions", i+1)
		}
	}
	return nil
}

func (c checkYAML) users() []string   { return oneOrMany(c.User, c.Users) }
func (c checkYAML) objects() []string { return oneOrMany(c.Object, c.Objects) }

func oneOrMany(one string, many []string) []string {
	if one != "" {
		return append([]string{one}, many...)
	}
	return many
}

func relationships(tuples []tupleYAML) []eyeshot.Relationship {
	out := make([]eyeshot.Relationship, len(tuples))
	for i, tuple := range tuples {
		out[i] = eyeshot.Relationship{
			Subject: eyeshot.Subject(tuple.User), Relation: tuple.Relation, Object: eyeshot.Object(tuple.Object),
		}
		if tuple.Condition != nil {
			out[i].Condition = &eyeshot.Condition{Name: tuple.Condition.Name, Context: tuple.Condition.Context}
		}
	}
	return out
}
