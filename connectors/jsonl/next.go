package jsonl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/access"
)

// next reads one line; the item is nil for a blank one.
func (r *Reader) next() (*connectors.Item, error) {
	line, tooLarge, err := r.readLine()
	if err != nil {
		return nil, err
	}
	item := &connectors.Item{Line: r.line}
	switch {
	case tooLarge:
		item.Refused = connectors.Refuse(connectors.TooLarge, fmt.Errorf("%w: the line is longer than %d bytes", eyeshot.ErrInvalid, r.options.MaxLine))
	case len(bytes.TrimSpace(line)) == 0:
		return nil, nil
	default:
		r.take(item, line)
	}
	if r.seekable && r.whole { // a last line may still be being written
		item.Checkpoint = r.checkpoint()
	}
	return item, nil
}

// readLine reads to the end of a line. One that is too large is read over; no
// more of it than the limit is ever in memory.
func (r *Reader) readLine() (line []byte, tooLarge bool, err error) {
	r.buffer = r.buffer[:0]
	for {
		part, err := r.lines.ReadSlice('\n')
		r.offset += int64(len(part))
		r.prefix.Write(part)
		if len(r.buffer)+len(part) > r.options.MaxLine+len("\r\n") {
			tooLarge = true
		}
		if !tooLarge {
			r.buffer = append(r.buffer, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && len(part) == 0 && len(r.buffer) == 0 && !tooLarge:
			return nil, false, io.EOF
		case err != nil && err != io.EOF:
			return nil, false, err
		}
		r.line++
		r.whole = err == nil
		if r.line == 1 {
			return bytes.TrimPrefix(r.buffer, []byte("\ufeff")), tooLarge, nil
		}
		return r.buffer, tooLarge, nil
	}
}

// Decode makes one document in the line format an item, as a [Reader] without
// an access file does with a line.
func Decode(data []byte, source string) connectors.Item {
	var item connectors.Item
	(&Reader{options: Options{Source: source}}).take(&item, data)
	return item
}

// take makes the line an item: a document, or what can be said of one that
// can't be taken.
//
// SECURITY: a line that is not understood in full gives no document. Where it
// names one, that one is told, and loses the access that it may have had: what
// is not understood may have been the news that fewer people read it.
func (r *Reader) take(item *connectors.Item, line []byte) {
	err := checkUTF8(line)
	decoded, decodeErr := r.decode(line)
	object, objectErr := decoded.Object(r.options.Source)
	if err = firstOf(err, decodeErr, objectErr); err == nil {
		item.Document, err = r.document(&decoded)
	}
	if err == nil {
		return
	}
	item.Document = eyeshot.Document{Object: object}
	item.Refused = refusal(err)
}

func (r *Reader) document(line *Line) (eyeshot.Document, error) {
	doc, err := line.Document(r.options.Source)
	if err != nil {
		return eyeshot.Document{}, err
	}
	if doc.Relationships == nil && r.grants != nil {
		if doc.Relationships, err = r.grants.Of(doc); err != nil {
			return eyeshot.Document{}, connectors.Refuse(connectors.WithoutACL, err)
		}
	}
	if len(doc.Relationships) == 0 {
		return eyeshot.Document{}, connectors.Refuse(connectors.WithoutACL,
			eyeshot.Invalid("relationships", "", "say that nobody may read this document; it takes at least one"))
	}
	return doc, nil
}

func checkUTF8(line []byte) error {
	if utf8.Valid(line) {
		return nil
	}
	return fmt.Errorf("%w: the line is not valid UTF-8", eyeshot.ErrInvalid)
}

func (r *Reader) decode(data []byte) (Line, error) {
	var line Line
	if r.options.Access != nil && r.options.Access.Fields() != nil {
		err := line.mapped(data, r.options.Access.Fields())
		return line, err
	}
	err := line.UnmarshalJSON(data)
	return line, err
}

// mapped decodes a line of another format.
func (l *Line) mapped(data []byte, fields *access.Fields) error {
	values := map[string]any{}
	err := eachField(data, func(name string, raw json.RawMessage) error {
		if value, ok := flat(raw); ok {
			values[name] = value
		} // an object or a mixed list is no field that a template could use
		return nil
	})
	if err != nil {
		return err
	}
	got, err := fields.Apply(func(name string) (any, bool) { value, found := values[name]; return value, found })
	*l = Line{ID: got.ID, Type: got.Type, Title: got.Title, Text: got.Text, URL: got.URL, Metadata: got.Metadata}
	format, _ := json.Marshal(got.Format)
	at, _ := json.Marshal(got.UpdatedAt)
	return firstOf(err, l.setFormat("format", format), l.setTime("updated_at", at))
}

func refusal(err error) *connectors.Refusal {
	var told *connectors.Refusal
	if errors.As(err, &told) {
		return told
	}
	return connectors.Refuse(connectors.Malformed, err)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
