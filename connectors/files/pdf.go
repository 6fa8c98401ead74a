package files

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ledongthuc/pdf"

	"github.com/eyeshot-dev/eyeshot"
)

var errGaveUp = fmt.Errorf("%w: its text could not be had in time, and it is not tried again until it changes", eyeshot.ErrInvalid)

// maxPDFText bounds the text of a PDF, in bytes: a small file can unfold to one
// of any size.
const maxPDFText = 16 << 20

// mostStuck is how many PDFs may be worked on at a time, those included that
// were given up and can't be stopped.
const mostStuck = 3

var errStuck = fmt.Errorf("%w: PDFs are not read while %d that took too long keep the process busy: take those out of the tree and start it anew", eyeshot.ErrUnavailable, mostStuck)

// pdfs reads PDFs. It is safe for concurrent use.
type pdfs struct{ working chan struct{} }

func newPDFs() pdfs { return pdfs{working: make(chan struct{}, mostStuck)} }

// text gives the text of a PDF, page by page. The library that parses it
// panics, and can turn in a circle, on files that are damaged on purpose: the
// panic is caught, and after the time a file is given up. What then still turns
// ends with the process.
//
// SECURITY: no more than mostStuck turn, or who writes the tree could take every
// processor.
func (p pdfs) text(ctx context.Context, limit time.Duration, pages func(context.Context) (string, error)) (string, error) {
	select {
	case p.working <- struct{}{}:
	default:
		return "", errStuck
	}
	type outcome struct {
		text string
		err  error
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan outcome, 1)
	go func() {
		text, err := pages(ctx)
		<-p.working // before the next one is begun
		done <- outcome{text, err}
	}()
	select {
	case got := <-done:
		return got.text, got.err
	case <-ctx.Done():
		return "", errGaveUp
	}
}

func pdfPages(ctx context.Context, data []byte) (text string, err error) {
	defer func() {
		if recover() != nil {
			text, err = "", fmt.Errorf("%w: it is a damaged PDF", eyeshot.ErrInvalid)
		}
	}()
	reader, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", fmt.Errorf("%w: it is no PDF that can be read, or is encrypted", eyeshot.ErrInvalid)
	}
	var b strings.Builder
	for n := 1; n <= reader.NumPage() && b.Len() < maxPDFText; n++ {
		if ctx.Err() != nil {
			return "", errGaveUp
		}
		page := reader.Page(n)
		if page.V.IsNull() {
			continue
		}
		content, err := page.GetPlainText(nil)
		if err != nil {
			return "", fmt.Errorf("%w: page %d can't be read", eyeshot.ErrInvalid, n)
		}
		b.WriteString(strings.ToValidUTF8(strings.ReplaceAll(content, "\x00", ""), "\ufffd"))
		b.WriteString("\n\n")
	}
	return strings.TrimSpace(b.String()[:min(b.Len(), maxPDFText)]), nil
}
