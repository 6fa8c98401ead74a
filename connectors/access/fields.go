package access

import (
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// Fields makes documents of lines that are not in Eyeshot's own line format:
// each field of a document is a template over the fields of a line.
type Fields struct {
	texts    map[string]template // by the names of Mapped's fields
	metadata map[string]template
}

// Mapped is a line as [Fields] translate it. A field that the file does not
// name is empty.
type Mapped struct {
	ID, Type, Title, Text, Format, URL, UpdatedAt string
	Metadata                                      map[string]any
}

type rawFields struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Title     string            `json:"title"`
	Text      string            `json:"text"`
	Format    string            `json:"format"`
	URL       string            `json:"url"`
	UpdatedAt string            `json:"updated_at"`
	Metadata  map[string]string `json:"metadata"`
}

func parseFields(raw *rawFields) (*Fields, error) {
	if raw == nil {
		return nil, nil
	}
	out := &Fields{texts: map[string]template{}, metadata: map[string]template{}}
	required := map[string]string{"id": raw.ID, "type": raw.Type, "title": raw.Title}
	for name, text := range required {
		if text == "" {
			return nil, eyeshot.Invalid("fields", name, "is needed: id, type and title have to come from somewhere")
		}
	}
	all := map[string]string{"text": raw.Text, "format": raw.Format, "url": raw.URL, "updated_at": raw.UpdatedAt}
	for _, texts := range []map[string]string{required, all} {
		if err := parseAll(out.texts, "fields", texts); err != nil {
			return nil, err
		}
	}
	return out, parseAll(out.metadata, "fields.metadata", raw.Metadata)
}

func parseAll(into map[string]template, where string, texts map[string]string) error {
	for name, text := range texts {
		parsed, err := parseTemplate(where+"."+name, text)
		if err != nil {
			return err
		}
		into[name] = parsed
	}
	return nil
}

// Apply translates one line, given by its fields. A field that a template needs
// and the line does not have is an error; one that is there and empty is not.
// Metadata that is a field alone ("{{labels}}") keeps its kind. What could be
// translated, id and type first, is returned beside the error.
func (f *Fields) Apply(get func(name string) (value any, found bool)) (Mapped, error) {
	var out Mapped
	for _, field := range [...]struct {
		name string
		into *string
	}{
		{"id", &out.ID}, {"type", &out.Type}, {"title", &out.Title}, {"text", &out.Text},
		{"format", &out.Format}, {"url", &out.URL}, {"updated_at", &out.UpdatedAt},
	} {
		text, err := f.texts[field.name].text(get)
		if err != nil {
			return out, err
		}
		*field.into = text
	}
	for name, t := range f.metadata {
		value, err := t.value(get)
		if err != nil {
			return out, err
		}
		if value != nil {
			if out.Metadata == nil {
				out.Metadata = make(map[string]any, len(f.metadata))
			}
			out.Metadata[name] = value
		}
	}
	return out, nil
}

// value keeps the kind of a field that stands alone.
func (t template) value(get fields) (any, error) {
	if len(t) != 1 || t[0].field == "" {
		return t.text(get)
	}
	value, found := get(t[0].field)
	if !found && !t[0].optional {
		return nil, missing(t[0].field)
	}
	return value, nil
}

// text joins the parts to one text, fields as they are.
func (t template) text(get fields) (string, error) {
	var b strings.Builder
	for _, p := range t {
		if p.field == "" {
			b.WriteString(p.literal)
			continue
		}
		value, found := get(p.field)
		if !found && !p.optional {
			return "", missing(p.field)
		}
		if s, ok := value.(string); ok {
			b.WriteString(s)
			continue
		}
		b.WriteString(strings.Join(texts(value), ", "))
	}
	return b.String(), nil
}

func missing(field string) error {
	return eyeshot.Invalid("field", field, `is missing in this line; "{{`+field+`?}}" would make it optional`)
}
