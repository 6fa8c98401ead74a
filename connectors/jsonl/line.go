package jsonl

import (
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Line is one document in the line format. Unlike a plain struct it is decoded
// strictly: an unknown or repeated field is an error.
type Line struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"`
	Title         string         `json:"title"`
	Text          string         `json:"text"`
	Format        eyeshot.Format `json:"format,omitempty"`
	URL           string         `json:"url,omitempty"`
	Metadata      map[string]any `json:"metadata,omitempty"` // string, float64, bool or []string
	UpdatedAt     time.Time      `json:"updated_at,omitzero"`
	Relationships []Relationship `json:"relationships,omitzero"` // nil where the line has none of its own
}

// Relationship is who stands in which relation to the line's own document.
type Relationship struct {
	User      eyeshot.Subject    `json:"user"`
	Relation  string             `json:"relation"`
	Condition *eyeshot.Condition `json:"condition,omitempty"`
}

// lineFields are the fields that a line may have.
const lineFields = "id, type, title, text, format, url, metadata, updated_at, relationships"

// UnmarshalJSON decodes a line. It goes on behind the first error, so that ID
// and Type of a line that is otherwise wrong are there where they can be told.
func (l *Line) UnmarshalJSON(data []byte) error {
	*l = Line{}
	var first error
	err := eachField(data, func(name string, value json.RawMessage) error {
		if err := l.set(name, value); err != nil && first == nil {
			first = err
		}
		return nil
	})
	return errors.Join(err, first)
}

func (l *Line) set(name string, value json.RawMessage) (err error) {
	switch name {
	case "id":
		l.ID, err = text(name, value)
	case "type":
		l.Type, err = text(name, value)
	case "title":
		l.Title, err = text(name, value)
	case "text":
		l.Text, err = text(name, value)
	case "format":
		err = l.setFormat(name, value)
	case "url":
		l.URL, err = text(name, value)
	case "metadata":
		l.Metadata, err = metadata(value)
	case "updated_at":
		err = l.setTime(name, value)
	case "relationships":
		err = l.setRelationships(value)
	default:
		err = eyeshot.Invalid("field", name, "is unknown; allowed are "+lineFields)
	}
	return err
}

func (l *Line) setFormat(name string, value json.RawMessage) error {
	format, err := text(name, value)
	if err != nil {
		return err
	}
	l.Format = eyeshot.Format(format)
	switch l.Format {
	case "", eyeshot.FormatText, eyeshot.FormatMarkdown, eyeshot.FormatJira:
		return nil
	}
	return eyeshot.Invalid(name, format, "must be text, markdown or jira")
}

func (l *Line) setTime(name string, value json.RawMessage) error {
	at, err := text(name, value)
	if err != nil || at == "" {
		return err
	}
	if l.UpdatedAt, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return eyeshot.Invalid(name, at, `must be a time as RFC 3339 has it, such as "2026-01-02T15:04:05Z"`)
	}
	return nil
}

// setRelationships keeps "none given" (nil) and "nobody" apart.
//
// SECURITY: null and [] say that nobody reads the document. Only a line without
// the field gets its relationships from an access file's rules.
func (l *Line) setRelationships(value json.RawMessage) error {
	l.Relationships = []Relationship{}
	var items []json.RawMessage
	if err := json.Unmarshal(value, &items); err != nil {
		return connectors.Refuse(connectors.BadRelationship, eyeshot.Invalid("relationships", kindOf(value), `must be a list of {"user", "relation"}`))
	}
	for _, item := range items {
		var r Relationship
		if err := r.decode(item); err != nil {
			return connectors.Refuse(connectors.BadRelationship, err)
		}
		l.Relationships = append(l.Relationships, r)
	}
	return nil
}

func (r *Relationship) decode(data []byte) error {
	return eachField(data, func(name string, value json.RawMessage) (err error) {
		switch name {
		case "user":
			var user string
			user, err = text(name, value)
			r.User = eyeshot.Subject(user)
		case "relation":
			r.Relation, err = text(name, value)
		case "condition":
			r.Condition, err = condition(value)
		default:
			err = eyeshot.Invalid("field of a relationship", name, "is unknown; allowed are user, relation, condition")
		}
		return err
	})
}

func condition(data json.RawMessage) (*eyeshot.Condition, error) {
	if string(data) == "null" {
		return nil, nil
	}
	var out eyeshot.Condition
	err := eachField(data, func(name string, value json.RawMessage) (err error) {
		switch name {
		case "name":
			out.Name, err = text(name, value)
		case "context":
			if err = json.Unmarshal(value, &out.Context); err != nil {
				err = eyeshot.Invalid("context of a condition", kindOf(value), "must be an object")
			}
		default:
			err = eyeshot.Invalid("field of a condition", name, "is unknown; allowed are name, context")
		}
		return err
	})
	if err == nil && out.Name == "" {
		err = eyeshot.Invalid("condition", "", "must have a name")
	}
	return &out, err
}

// Object names the line's document in a source. It fails where id or type are
// missing or can't be part of a name.
func (l *Line) Object(source string) (eyeshot.Object, error) {
	if l.ID == "" {
		return "", eyeshot.Invalid("id", "", "is missing")
	}
	if l.Type == "" {
		return "", eyeshot.Invalid("type", "", "is missing")
	}
	return eyeshot.NewObject(l.Type, source, l.ID)
}

// Document makes the line a document of a source. Its relationships are the
// line's own, or nil where the line has none. It fails with
// [eyeshot.ErrInvalid] where id, type or title are missing, or a url or a
// relationship is malformed.
func (l *Line) Document(source string) (eyeshot.Document, error) {
	object, err := l.Object(source)
	if err != nil {
		return eyeshot.Document{}, err
	}
	if l.Title == "" {
		return eyeshot.Document{}, eyeshot.Invalid("title", "", "is missing")
	}
	if err := checkURL(l.URL); err != nil {
		return eyeshot.Document{}, err
	}
	doc := eyeshot.Document{
		Object: object, Title: l.Title, Text: l.Text, Format: l.Format, URL: l.URL,
		Metadata: l.Metadata, UpdatedAt: l.UpdatedAt,
	}
	if l.Relationships != nil {
		doc.Relationships = make([]eyeshot.Relationship, len(l.Relationships))
	}
	for i, r := range l.Relationships {
		relationship := eyeshot.Relationship{Subject: r.User, Relation: r.Relation, Object: object, Condition: r.Condition}
		if err := relationship.Validate(); err != nil {
			return eyeshot.Document{}, connectors.Refuse(connectors.BadRelationship, err)
		}
		doc.Relationships[i] = relationship
	}
	return doc, nil
}

// checkURL takes web addresses alone: a result's url is a link that people
// click, and "javascript:" is a url too.
func checkURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return eyeshot.Invalid("url", text, "must be an absolute http or https address")
	}
	return nil
}
