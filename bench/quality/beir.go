package quality

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// set is a test collection: texts, questions, and which texts answer which.
type set struct {
	name     string
	corpus   []text
	queries  []text
	relevant map[string]map[string]bool // question to texts
}

// text is one line of corpus or queries.
type text struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// readSet reads a folder in the layout of BEIR (N. Thakur and others, BEIR: A
// Heterogeneous Benchmark for Information Retrieval, 2021): corpus.jsonl,
// queries.jsonl, and qrels.tsv or qrels/test.tsv, gzipped or not.
func readSet(dir string) (*set, error) {
	s := &set{name: filepath.Base(dir), relevant: map[string]map[string]bool{}}
	var err error
	if s.corpus, err = readTexts(dir, "corpus.jsonl"); err != nil {
		return nil, err
	}
	all, err := readTexts(dir, "queries.jsonl")
	if err != nil {
		return nil, err
	}
	if err := s.readJudgements(dir); err != nil {
		return nil, err
	}
	for _, query := range all {
		if len(s.relevant[query.ID]) > 0 {
			s.queries = append(s.queries, query)
		}
	}
	if len(s.corpus) == 0 || len(s.queries) == 0 {
		return nil, eyeshot.Invalid("set", dir, "has no texts, or no question that any of them answers")
	}
	return s, nil
}

func readTexts(dir, name string) (all []text, err error) {
	err = readLines(dir, []string{name, name + ".gz"}, func(line []byte) error {
		var t text
		if err := json.Unmarshal(line, &t); err != nil {
			return fmt.Errorf("%w: %s: %w", eyeshot.ErrInvalid, name, err)
		}
		all = append(all, t)
		return nil
	})
	return all, err
}

func (s *set) readJudgements(dir string) error {
	return readLines(dir, []string{"qrels.tsv", "qrels/test.tsv"}, func(line []byte) error {
		fields := strings.Fields(string(line))
		if len(fields) != 3 {
			return eyeshot.Invalid("qrels", string(line), "must have query, text and score, with tabs between")
		}
		if fields[2] == "score" || fields[2] == "0" {
			return nil // the head, or judged to be no answer
		}
		if s.relevant[fields[0]] == nil {
			s.relevant[fields[0]] = map[string]bool{}
		}
		s.relevant[fields[0]][fields[1]] = true
		return nil
	})
}

// readLines gives each line of the first of the files that is there.
func readLines(dir string, names []string, each func([]byte) error) error {
	for _, name := range names {
		file, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", eyeshot.ErrInvalid, err)
		}
		defer file.Close()
		var from io.Reader = file
		if strings.HasSuffix(name, ".gz") {
			if from, err = gzip.NewReader(file); err != nil {
				return fmt.Errorf("%w: %s: %w", eyeshot.ErrInvalid, name, err)
			}
		}
		lines := bufio.NewScanner(from)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			if len(lines.Bytes()) == 0 {
				continue
			}
			if err := each(lines.Bytes()); err != nil {
				return err
			}
		}
		return lines.Err()
	}
	return eyeshot.Invalid("set", dir, "must hold "+strings.Join(names, " or "))
}
