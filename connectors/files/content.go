package files

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
)

var (
	errReplaced = fmt.Errorf("%w: another file is there now", eyeshot.ErrUnavailable)
	errTooLarge = errors.New("too large")
)

// kind is how a file is read.
type kind int

const (
	none kind = iota
	markdown
	plain
	page
	pdfFile
)

// kindOf goes by the name; files of other kinds are no documents.
func kindOf(name string) kind {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown":
		return markdown
	case ".txt", ".text":
		return plain
	case ".html", ".htm":
		return page
	case ".pdf":
		return pdfFile
	}
	return none
}

// text is what a file says.
type text struct {
	title, body string
	format      eyeshot.Format
	front       front
}

// extract reads the content of a file.
func (c *Connector) extract(ctx context.Context, name string, data []byte) (text, error) {
	switch kindOf(name) {
	case pdfFile:
		body, err := c.pdfs.text(ctx, c.config.PDFTime, func(ctx context.Context) (string, error) { return pdfPages(ctx, data) })
		return text{title: base(name), body: body}, err
	case page:
		title, body, err := htmlText(data)
		return text{title: or(title, base(name)), body: body, format: eyeshot.FormatMarkdown}, err
	}
	if !utf8.Valid(data) || strings.ContainsRune(string(data), 0) {
		return text{}, fmt.Errorf("%w: it is not UTF-8 text", eyeshot.ErrInvalid)
	}
	if kindOf(name) == plain {
		return text{title: base(name), body: string(data)}, nil
	}
	f, err := parseFront(data)
	body := string(f.body)
	return text{title: or(f.title, heading(body), base(name)), body: body, format: eyeshot.FormatMarkdown, front: f}, err
}

func base(name string) string { return strings.TrimSuffix(path.Base(name), path.Ext(name)) }

func or(texts ...string) string {
	for _, t := range texts {
		if t = strings.Join(strings.Fields(t), " "); t != "" {
			return t
		}
	}
	return ""
}

// heading is the first heading of a Markdown text, where it begins with one.
func heading(body string) string {
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# "); ok {
			return rest
		}
		return ""
	}
	return ""
}
