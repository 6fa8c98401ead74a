package corpus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot"
)

// readYAML reads a file into a typed value. Unknown and repeated keys are
// errors: a misspelt "viewer" must not become a document that nobody reads.
func readYAML(dir fs.FS, name string, into any) error {
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// decodeJSON reads exactly one JSON value, without unknown keys.
func decodeJSON(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows the JSON object")
	}
	return nil
}

func parseObjects(texts []string) ([]eyeshot.Object, error) {
	var out []eyeshot.Object
	for _, text := range texts {
		object, err := eyeshot.ParseObject(text)
		if err != nil {
			return nil, err
		}
		out = append(out, object)
	}
	return out, nil
}
