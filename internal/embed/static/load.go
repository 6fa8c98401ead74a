package static

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed/model"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static/safetensors"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static/wordpiece"
)

// BuiltIn loads the model that the binary carries.
func BuiltIn() (*Embedder, error) {
	e, err := load(model.Name, model.BuiltIn())
	if err != nil {
		return nil, fmt.Errorf("loading the built-in model: %w", err)
	}
	return e, nil
}

// LoadDir loads a directory that Model2Vec's save_pretrained wrote:
// model.safetensors, tokenizer.json and config.json. The model's name comes
// from what the files hold, not from where they are. A directory or file that
// is missing, damaged, at odds with the others or not supported fails with
// [eyeshot.ErrInvalid] and what is wrong.
func LoadDir(dir string) (*Embedder, error) {
	files, err := readDir(dir)
	if err != nil {
		return nil, fmt.Errorf("loading the Model2Vec model of %s: %w", dir, err)
	}
	e, err := load("", files)
	if err != nil {
		return nil, fmt.Errorf("loading the Model2Vec model of %s: %w", dir, err)
	}
	return e, nil
}

func readDir(dir string) (files model.Files, err error) {
	for name, data := range map[string]*[]byte{
		"model.safetensors": &files.Tensors, "tokenizer.json": &files.Tokenizer, "config.json": &files.Config,
	} {
		*data, err = os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return files, eyeshot.Invalid("directory", dir, "has no "+name+": a Model2Vec model is model.safetensors, tokenizer.json and config.json")
		}
		if err != nil {
			return files, fmt.Errorf("%w: %w", eyeshot.ErrInvalid, err)
		}
	}
	return files, nil
}

// load builds the embedder; name is the part of its name before the
// fingerprint, "" for one that tells the dimension.
func load(name string, files model.Files) (*Embedder, error) {
	c, err := parseConfig(files.Config)
	if err != nil {
		return nil, err
	}
	tokenizer, err := wordpiece.Parse(files.Tokenizer)
	if err != nil {
		return nil, err
	}
	tensors, err := safetensors.Parse(files.Tensors)
	if err != nil {
		return nil, err
	}
	e := &Embedder{tokenizer: tokenizer, maxTokens: c.maxTokens, maxChars: c.maxTokens * medianLength(tokenizer.Lengths())}
	if err := e.setTensors(tensors); err != nil {
		return nil, fmt.Errorf("reading model.safetensors: %w", err)
	}
	if name == "" {
		name = fmt.Sprintf("model2vec-%d", e.Dimension())
	}
	e.name = name + "+" + fingerprint(files)
	return e, nil
}

// fingerprint is the start of the SHA-256 over all three files, each after its
// length: 12 hexadecimal digits.
func fingerprint(files model.Files) string {
	hash := sha256.New()
	for _, data := range [][]byte{files.Tensors, files.Tokenizer, files.Config} {
		hash.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(data))))
		hash.Write(data)
	}
	return hex.EncodeToString(hash.Sum(nil)[:6])
}

// medianLength is the median of the tokens' lengths as Model2Vec takes it:
// the mean of the two in the middle, rounded down.
func medianLength(lengths []int) int {
	sorted := slices.Sorted(slices.Values(lengths))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
