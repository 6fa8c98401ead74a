package split_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/split"
)

// TestRealTextsKeepEveryCharacter splits what people really wrote.
func TestRealTextsKeepEveryCharacter(t *testing.T) {
	t.Parallel()
	options := split.Options{Target: 1200, Max: 1800, Min: 300, Overlap: 150}
	texts := append(readTexts(t, "tickets.jsonl.gz", "description", eyeshot.FormatJira), readTexts(t, "keps.jsonl.gz", "text", eyeshot.FormatMarkdown)...)
	for i := 0; i < len(texts); i += 7 {
		check(t, options, texts[i])
	}
}

// readTexts reads a file of the shared data, one document a line.
func readTexts(t testing.TB, name, field string, format eyeshot.Format) []eyeshot.Document {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", name))
	if err != nil {
		t.Skipf("the shared data are not here: %v", err)
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var docs []eyeshot.Document
	lines := bufio.NewScanner(zip)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var line map[string]any
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		title, _ := line["title"].(string)
		text, _ := line[field].(string)
		docs = append(docs, document(format, title, text))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return docs
}

func BenchmarkSplit(b *testing.B) {
	for _, set := range []struct {
		name, file, field string
		format            eyeshot.Format
	}{
		{"Tickets", "tickets.jsonl.gz", "description", eyeshot.FormatJira},
		{"Markdown", "keps.jsonl.gz", "text", eyeshot.FormatMarkdown},
		{"Text", "keps.jsonl.gz", "text", eyeshot.FormatText},
	} {
		b.Run(set.name, func(b *testing.B) {
			docs := readTexts(b, set.file, set.field, set.format)
			bytes := 0
			for _, doc := range docs {
				bytes += len(doc.Text)
			}
			s := splitter(b, split.Options{})
			b.SetBytes(int64(bytes))
			b.ReportAllocs()
			chunks := 0
			for b.Loop() {
				chunks = 0
				for _, doc := range docs {
					chunks += len(s.Split(doc))
				}
			}
			b.ReportMetric(float64(chunks), "chunks")
		})
	}
}
