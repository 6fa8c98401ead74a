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

// pdfText gives the text of a PDF, page by page. The library that parses it
// panics, and can turn in a circle, on files that are damaged on purpose: the
// panic is caught, and after the time a file is given up. What then still turns
// ends with the process.
func pdfText(ctx context.Context, data []byte, limit time.Duration) (string, error) {
	type outcome struct {
		text string
		err  error
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan outcome, 1)
	go func() {
		text, err := pdfPages(ctx, data)
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
