package static_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/internal/embed/embedtest"
	"github.com/eyeshot-dev/eyeshot/internal/embed/model"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static/wordpiece"
)

var _ embed.Embedder = (*static.Embedder)(nil)

func builtIn(t testing.TB) *static.Embedder {
	t.Helper()
	e, err := static.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestBuiltInModelKeepsTheContract(t *testing.T) {
	embedtest.Run(t, func(t *testing.T) embed.Embedder { return builtIn(t) })
}

func TestBuiltInModelHasItsNameVersionAndFingerprint(t *testing.T) {
	// A change of the model's files must come with a new version in model.Name.
	const want = "eyeshot-static-256@1+ad52f9593282"
	if e := builtIn(t); e.Name() != want || e.Dimension() != 256 {
		t.Errorf("%s of dimension %d, want %s of 256", e.Name(), e.Dimension(), want)
	}
}

// golden is one line of a golden.jsonl.
type golden struct {
	Text   string
	IDs    []int32
	Vector []float64
}

func readGolden(t testing.TB, path string) (lines []golden) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	for decoder.More() {
		var g golden
		if err := decoder.Decode(&g); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, g)
	}
	return lines
}

func TestBuiltInModelGivesTheGoldenVectors(t *testing.T) {
	lines := readGolden(t, "testdata/golden.jsonl")
	if len(lines) != 165 {
		t.Fatalf("%d golden texts, want 165", len(lines))
	}
	assertGolden(t, builtIn(t), lines, 1e-4)
}

func TestBuiltInTokenizerGivesTheGoldenIDs(t *testing.T) {
	tokenizer, err := wordpiece.Parse(model.BuiltIn().Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range readGolden(t, "testdata/golden.jsonl") {
		known := slices.DeleteFunc(tokenizer.Encoder().Encode(g.Text), func(id int32) bool { return id == tokenizer.Unknown() })
		if !slices.Equal(known, g.IDs) {
			t.Errorf("%.60q: ids %v, want %v", g.Text, known, g.IDs)
		}
	}
}

// Each directory was written by model2vec and holds what model2vec makes of it.
func TestLoadDirEmbedsAsModel2VecDoes(t *testing.T) {
	dirs, err := filepath.Glob("testdata/models/*")
	if err != nil || len(dirs) != 9 {
		t.Fatalf("%d model directories, %v; want 9", len(dirs), err)
	}
	names := map[string]string{}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			e, err := static.LoadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if other, taken := names[e.Name()]; taken || !strings.HasPrefix(e.Name(), "model2vec-8+") {
				t.Errorf("name %s, which %q has; want model2vec-8+ and a fingerprint of its own", e.Name(), other)
			}
			names[e.Name()] = dir
			tolerance := 1e-4
			if strings.Contains(dir, "float16") {
				tolerance = 2e-3 // model2vec computes in float16, this package does not
			}
			assertGolden(t, e, readGolden(t, filepath.Join(dir, "golden.jsonl")), tolerance)
		})
	}
}

func assertGolden(t *testing.T, e *static.Embedder, lines []golden, tolerance float64) {
	t.Helper()
	for _, g := range lines {
		vectors, err := e.Embed(t.Context(), []string{g.Text})
		if err != nil {
			t.Fatal(err)
		}
		if len(vectors[0]) != len(g.Vector) {
			t.Fatalf("%d values, want %d", len(vectors[0]), len(g.Vector))
		}
		for i, want := range g.Vector {
			if got := float64(vectors[0][i]); !(math.Abs(got-want) <= tolerance) {
				t.Errorf("%.60q: value %d is %v, want %v", g.Text, i, got, want)
				break
			}
		}
	}
}

func TestTheNameDependsOnContentAndNotOnPlace(t *testing.T) {
	dir := copyDir(t, "testdata/models/float32")
	first, err := static.LoadDir("testdata/models/float32")
	if err != nil {
		t.Fatal(err)
	}
	second, err := static.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if first.Name() != second.Name() {
		t.Errorf("a copy is named %s, the original %s", second.Name(), first.Name())
	}
	path := filepath.Join(dir, "model.safetensors")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1 // the last weight's sign or exponent
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	changed, err := static.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if changed.Name() == first.Name() {
		t.Errorf("a changed model keeps the name %s", first.Name())
	}
}

func TestVectorsThatAreNotFiniteAreRefusedWhenTheyAreUsed(t *testing.T) {
	dir := copyDir(t, "testdata/models/float32")
	path := filepath.Join(dir, "model.safetensors")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[len(data)-4:], []byte{0, 0, 0xC0, 0x7F}) // not a number, in the row of the last piece: "3"
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := static.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Embed(t.Context(), []string{"refund", "refund 3"}); !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), "text 1") {
		t.Errorf("error %v, want ErrInvalid for text 1", err)
	}
	if _, err := e.Embed(t.Context(), []string{"refund"}); err != nil {
		t.Errorf("a text without that token: %v", err)
	}
}

func copyDir(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}
