package static_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
)

// tensor describes an array of zero bytes for a test's safetensors file.
type tensor struct {
	DType string `json:"dtype"`
	Shape []int  `json:"shape"`
	bytes int
	data  []byte // instead of zeros
}

func writeTensors(t *testing.T, dir string, tensors map[string]tensor) {
	t.Helper()
	header, body := map[string]any{}, []byte{}
	for name, x := range tensors {
		if x.data == nil {
			x.data = make([]byte, x.bytes)
		}
		header[name] = map[string]any{"dtype": x.DType, "shape": x.Shape, "data_offsets": []int{len(body), len(body) + len(x.data)}}
		body = append(body, x.data...)
	}
	encoded, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	data := append(binary.LittleEndian.AppendUint64(nil, uint64(len(encoded))), encoded...)
	write(t, dir, "model.safetensors", append(data, body...))
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func assertRefused(t *testing.T, dir, says string) {
	t.Helper()
	_, err := static.LoadDir(dir)
	if !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), says) {
		t.Errorf("error %v, want ErrInvalid that says %q", err, says)
	}
}

func TestTensorsThatDoNotFitAreRefused(t *testing.T) {
	const pieces = 65 // in the vocabulary of testdata/make.py
	fit := tensor{DType: "I8", Shape: []int{pieces, 2}, bytes: 2 * pieces}
	fewRows := tensor{DType: "I8", Shape: []int{2, 2}, bytes: 4}
	outside := make([]byte, 8*pieces)
	binary.LittleEndian.PutUint64(outside[8:], 2)
	negative := make([]byte, 4*pieces)
	binary.LittleEndian.PutUint32(negative[4:], 0xFFFFFFFF)
	infinite := make([]byte, 4*pieces)
	binary.LittleEndian.PutUint32(infinite[4:], 0x7F800000)
	cases := map[string]struct {
		tensors map[string]tensor
		says    string
	}{
		"no embeddings":         {map[string]tensor{"embedding.weight": fit}, `tensors "embedding.weight" must include "embeddings"`},
		"no tensors":            {nil, `must include "embeddings"`},
		"a vector":              {map[string]tensor{"embeddings": {DType: "I8", Shape: []int{pieces}, bytes: pieces}}, "[rows, dimension]"},
		"no dimension":          {map[string]tensor{"embeddings": {DType: "I8", Shape: []int{pieces, 0}}}, "[rows, dimension]"},
		"an unsupported type":   {map[string]tensor{"embeddings": {DType: "BF16", Shape: []int{pieces, 1}, bytes: 2 * pieces}}, `embeddings "BF16" is not supported`},
		"too few rows":          {map[string]tensor{"embeddings": fewRows}, "rows do not fit the tokenizer's"},
		"too many rows":         {map[string]tensor{"embeddings": {DType: "I8", Shape: []int{pieces + 1, 1}, bytes: pieces + 1}}, "rows do not fit the tokenizer's"},
		"too few weights":       {map[string]tensor{"embeddings": fit, "weights": {DType: "F32", Shape: []int{2}, bytes: 8}}, "weights"},
		"weights as a matrix":   {map[string]tensor{"embeddings": fit, "weights": {DType: "F32", Shape: []int{pieces, 1}, bytes: 4 * pieces}}, "weights"},
		"weights of integers":   {map[string]tensor{"embeddings": fit, "weights": {DType: "I32", Shape: []int{pieces}, bytes: 4 * pieces}}, `weights "I32" is not supported`},
		"an infinite weight":    {map[string]tensor{"embeddings": fit, "weights": {DType: "F32", Shape: []int{pieces}, data: infinite}}, "no finite number, at token 1"},
		"too short a mapping":   {map[string]tensor{"embeddings": fewRows, "mapping": {DType: "I64", Shape: []int{2}, bytes: 16}}, "mapping"},
		"a mapping of floats":   {map[string]tensor{"embeddings": fewRows, "mapping": {DType: "F32", Shape: []int{pieces}, bytes: 4 * pieces}}, `mapping "F32" is not supported`},
		"a mapping to nowhere":  {map[string]tensor{"embeddings": fewRows, "mapping": {DType: "I64", Shape: []int{pieces}, data: outside}}, `mapping "2" is not among the 2 rows, at token 1`},
		"a mapping to row -1":   {map[string]tensor{"embeddings": fewRows, "mapping": {DType: "I32", Shape: []int{pieces}, data: negative}}, `mapping "-1" is not among`},
		"a mapping of no shape": {map[string]tensor{"embeddings": fewRows, "mapping": {DType: "I64", Shape: []int{}, bytes: 8}}, "mapping"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, "testdata/models/int8")
			writeTensors(t, dir, c.tensors)
			assertRefused(t, dir, c.says)
		})
	}
}

func TestDirectoriesThatAreNoModelAreRefused(t *testing.T) {
	for _, missing := range []string{"model.safetensors", "tokenizer.json", "config.json"} {
		dir := copyDir(t, "testdata/models/int8")
		if err := os.Remove(filepath.Join(dir, missing)); err != nil {
			t.Fatal(err)
		}
		assertRefused(t, dir, "has no "+missing)
	}
	assertRefused(t, filepath.Join(t.TempDir(), "absent"), "has no")
}

func TestDamagedFilesAreRefused(t *testing.T) {
	for _, name := range []string{"model.safetensors", "tokenizer.json", "config.json"} {
		dir := copyDir(t, "testdata/models/int8")
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{0, 1, 9, len(data) / 2, len(data) - 2} {
			write(t, dir, name, data[:size])
			assertRefused(t, dir, "loading the Model2Vec model of "+dir)
		}
	}
}

func TestConfigsThatAreNotUnderstoodAreRefused(t *testing.T) {
	for config, says := range map[string]string{
		`{"normalize": "yes"}`:        "normalize",
		`{"max_length": 0}`:           `max_length "0" must be`,
		`{"max_length": -5}`:          `max_length "-5" must be`,
		`{"max_length": "long"}`:      "max_length",
		`{"max_length": 1e300}`:       "max_length",
		`{"max_length": 99999999999}`: "max_length",
		`[]`:                          "reading config.json",
	} {
		dir := copyDir(t, "testdata/models/int8")
		write(t, dir, "config.json", []byte(config))
		assertRefused(t, dir, says)
	}
}

func TestAModelOfAnotherTokenizerIsRefusedByName(t *testing.T) {
	dir := copyDir(t, "testdata/models/int8")
	write(t, dir, "tokenizer.json", []byte(`{"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"},"model":{"type":"Unigram"}}`))
	assertRefused(t, dir, `model.type "Unigram" is not supported`)
}
