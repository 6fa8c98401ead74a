package corpus

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot"
)

// record is one document as a line of the ingest format has it.
type record struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"`
	Title         string         `json:"title"`
	Text          string         `json:"text"`
	Format        eyeshot.Format `json:"format"`
	URL           string         `json:"url"`
	Metadata      map[string]any `json:"metadata"`
	UpdatedAt     time.Time      `json:"updated_at"`
	Relationships []grant        `json:"relationships"`
}

// grant is a relationship on the document that it stands with.
type grant struct {
	User     string `json:"user"`
	Relation string `json:"relation"`
}

// frontMatter is the YAML block at the head of a Markdown document.
type frontMatter struct {
	Title         string         `json:"title"`
	URL           string         `json:"url"`
	UpdatedAt     time.Time      `json:"updated_at"`
	Metadata      map[string]any `json:"metadata"`
	Relationships []grant        `json:"relationships"`
}

// readTickets reads tickets and comments, one JSON object a line.
func readTickets(dir fs.FS, name, source string) ([]eyeshot.Document, error) {
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, err
	}
	var out []eyeshot.Document
	for i, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		var r record
		if err := decodeJSON(line, &r); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, i+1, err)
		}
		document, err := r.document(source)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, i+1, err)
		}
		out = append(out, document)
	}
	return out, nil
}

// readMarkdown reads every .md file below root. A document's id is its path
// from there.
func readMarkdown(dir fs.FS, root, source string) ([]eyeshot.Document, error) {
	var out []eyeshot.Document
	err := fs.WalkDir(dir, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if path.Ext(name) != ".md" {
			return eyeshot.Invalid("file", name, "must be a Markdown document, *.md")
		}
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		document, err := parseMarkdown(strings.TrimPrefix(name, root+"/"), source, string(data))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, document)
		return nil
	})
	return out, err
}

func parseMarkdown(id, source, data string) (eyeshot.Document, error) {
	const fence = "---\n"
	head, body, closed := strings.Cut(strings.TrimPrefix(data, fence), "\n"+fence)
	if !strings.HasPrefix(data, fence) || !closed {
		return eyeshot.Document{}, eyeshot.Invalid("document", id, `must begin with front matter between two lines "---"`)
	}
	var front frontMatter
	if err := yaml.UnmarshalStrict([]byte(head), &front); err != nil {
		return eyeshot.Document{}, fmt.Errorf("front matter: %w", err)
	}
	r := record{
		ID: id, Type: "document", Title: front.Title, Text: strings.TrimSpace(body) + "\n", Format: eyeshot.FormatMarkdown,
		URL: front.URL, Metadata: front.Metadata, UpdatedAt: front.UpdatedAt, Relationships: front.Relationships,
	}
	return r.document(source)
}

func (r record) document(source string) (eyeshot.Document, error) {
	object, err := eyeshot.NewObject(r.Type, source, r.ID)
	if err != nil {
		return eyeshot.Document{}, err
	}
	if r.Title == "" || strings.TrimSpace(r.Text) == "" || r.UpdatedAt.IsZero() {
		return eyeshot.Document{}, eyeshot.Invalid("document", string(object), "must have a title, a text and a time of change")
	}
	metadata, err := flat(r.Metadata)
	if err != nil {
		return eyeshot.Document{}, fmt.Errorf("%s: %w", object, err)
	}
	document := eyeshot.Document{
		Object: object, Title: r.Title, Text: r.Text, Format: r.Format,
		URL: r.URL, Metadata: metadata, UpdatedAt: r.UpdatedAt,
	}
	for _, g := range r.Relationships {
		relationship := eyeshot.Relationship{Subject: eyeshot.Subject(g.User), Relation: g.Relation, Object: object}
		if err := relationship.Validate(); err != nil {
			return eyeshot.Document{}, fmt.Errorf("%s: %w", object, err)
		}
		document.Relationships = append(document.Relationships, relationship)
	}
	return document, nil
}

// flat turns decoded metadata into the kinds that documents carry.
func flat(metadata map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(metadata))
	for key, value := range metadata {
		switch v := value.(type) {
		case string, float64, bool:
			out[key] = v
		case []any:
			list, err := texts(key, v)
			if err != nil {
				return nil, err
			}
			out[key] = list
		default:
			return nil, eyeshot.Invalid("metadata", key, "must be a text, a number, true or false, or a list of texts")
		}
	}
	return out, nil
}

func texts(key string, values []any) ([]string, error) {
	out := make([]string, 0, len(values))
	for _, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, eyeshot.Invalid("metadata", key, "may list nothing but texts")
		}
		out = append(out, text)
	}
	return out, nil
}
