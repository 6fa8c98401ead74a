package access

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot"
)

// maxFile bounds an access file, in bytes.
const maxFile = 32 << 20

// File is an access file. It is immutable and safe for concurrent use.
type File struct {
	fields   *Fields
	grants   []grant         // on tenant, groups, projects, levels and folders
	declared map[string]bool // "type:name"
	rules    map[string][]rule
	digest   string
}

// grant puts subjects on a relation of an object that the file declares.
type grant struct {
	typ, name, relation string
	subject             subjectRule
}

type (
	raw struct {
		Fields    *rawFields                `json:"fields"`
		Tenant    rawTenant                 `json:"tenant"`
		Groups    map[string][]string       `json:"groups"`
		Projects  map[string]rawProject     `json:"projects"`
		Levels    map[string]rawLevel       `json:"levels"`
		Folders   map[string]rawFolder      `json:"folders"`
		Documents map[string]map[string]any `json:"documents"`
	}
	rawTenant struct {
		Admin    []string `json:"admin"`
		Auditor  []string `json:"auditor"`
		Ingester []string `json:"ingester"`
		Member   []string `json:"member"`
	}
	rawProject struct {
		Owner  []string `json:"owner"`
		Member []string `json:"member"`
		Viewer []string `json:"viewer"`
	}
	rawLevel struct {
		Cleared []string `json:"cleared"`
	}
	rawFolder struct {
		Parent  string   `json:"parent"`
		Project string   `json:"project"`
		Editor  []string `json:"editor"`
		Viewer  []string `json:"viewer"`
	}
)

// Read reads and parses the access file at path.
func Read(path string) (*File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("access file: %w: %w", eyeshot.ErrInvalid, err)
	}
	if info.Size() > maxFile {
		return nil, eyeshot.Invalid("access file", path, fmt.Sprintf("is larger than %d bytes", maxFile))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("access file: %w: %w", eyeshot.ErrInvalid, err)
	}
	file, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("access file %s: %w", path, err)
	}
	return file, nil
}

// Parse parses an access file, YAML or JSON. It fails with [eyeshot.ErrInvalid]
// on an unknown or repeated key, on a name that is used and not declared, and
// on whatever else it does not understand.
func Parse(text []byte) (*File, error) {
	var in raw
	if err := yaml.UnmarshalStrict(text, &in); err != nil {
		return nil, fmt.Errorf("%w: %s", eyeshot.ErrInvalid, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	sum := sha256.Sum256(text)
	file := &File{declared: declared(in), digest: hex.EncodeToString(sum[:])}
	var err error
	if file.fields, err = parseFields(in.Fields); err != nil {
		return nil, err
	}
	if file.grants, err = parseGrants(in); err != nil {
		return nil, err
	}
	if file.rules, err = parseRules(in.Documents); err != nil {
		return nil, err
	}
	return file, file.check()
}

// Digest identifies the file's text.
func (f *File) Digest() string { return f.digest }

// Fields returns how lines become documents, or nil where the lines are in
// Eyeshot's own format.
func (f *File) Fields() *Fields { return f.fields }

func declared(in raw) map[string]bool {
	out := map[string]bool{}
	for name := range in.Groups {
		out[typeGroup+":"+name] = true
	}
	for name := range in.Projects {
		out[typeProject+":"+name] = true
	}
	for name := range in.Levels {
		out[typeLevel+":"+name] = true
	}
	for name := range in.Folders {
		out[typeFolder+":"+name] = true
	}
	return out
}

// known fails on a group, project, level or folder that the file does not
// declare. A name that is misspelt would otherwise be an object of its own,
// which nobody is in, or whose level nobody was meant to be cleared for.
func (f *File) known(typ, name string) error {
	switch typ {
	case typeGroup, typeProject, typeLevel, typeFolder:
		if !f.declared[typ+":"+name] {
			section := map[string]string{typeGroup: "groups", typeProject: "projects", typeLevel: "levels", typeFolder: "folders"}[typ]
			return eyeshot.Invalid(typ, name, fmt.Sprintf("is not declared under %q in the access file", section))
		}
	}
	return nil
}

// check makes sure that all names that stand in the file are declared in it.
func (f *File) check() error {
	var subjects []subjectRule
	for _, g := range f.grants {
		subjects = append(subjects, g.subject)
	}
	for _, rules := range f.rules {
		for _, r := range rules {
			subjects = append(subjects, r.subjects...)
		}
	}
	for _, s := range subjects {
		if name, ok := s.fixed(); ok {
			if err := f.known(s.typ, name); err != nil {
				return err
			}
		}
	}
	for _, g := range f.grants {
		if g.name == "" && g.typ != typeTenant {
			return eyeshot.Invalid(g.typ, g.name, "must have a name")
		}
	}
	return nil
}

// sorted returns the keys of a map in order, so that a file always gives its
// relationships in one order.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
