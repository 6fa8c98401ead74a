package files_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/connectors/files"
)

// pdf writes a PDF of one page for each text.
func pdf(texts ...string) string {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(at)}, args...)...)
	}
	b.WriteString("%PDF-1.4\n")
	kids := make([]string, len(texts))
	for i := range texts {
		kids[i] = fmt.Sprintf("%d 0 R", 4+2*i)
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Count %d /Kids [%s] >>", len(texts), strings.Join(kids, " "))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	for i, text := range texts {
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i)
		stream := "BT /F1 12 Tf 72 720 Td (" + text + ") Tj ET"
		object("<< /Length %d >>\nstream\n%s\nendstream", len(stream), stream)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.String()
}

func TestEachKindOfFileBecomesText(t *testing.T) {
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
	p.write("guide.md", "---\ntitle: The guide\nstatus: draft\nowners: [ines, mei]\nweight: 3\nnested: {a: 1}\n---\n# Heading\n\nbody")
	p.write("plain.md", "# A heading of its own\n\nbody")
	p.write("note.TXT", "just text")
	p.write("page.html", `<html><head><title> A  page </title><style>p{}</style></head><body><h1>One</h1><p>Text with <b>bold</b>, and a<br>break.</p>
<script>alert("x")</script><ul><li>first</li><li>second</li></ul><h2>Two</h2>end&amp;</body></html>`)
	p.write("paper.pdf", pdf("The first page", "The second page"))
	p.write("image.png", "x")
	told := p.told()
	require.Len(t, told, 5)
	guide := told["guide.md"].Document
	require.Equal(t, []any{"The guide", "# Heading\n\nbody", eyeshot.FormatMarkdown, "https://wiki.example.com/x/guide.md"}, []any{guide.Title, guide.Text, guide.Format, guide.URL})
	require.Equal(t, map[string]any{"title": "The guide", "status": "draft", "owners": []string{"ines", "mei"}, "weight": 3.0, "path": "guide.md", "folder": "."}, guide.Metadata)
	require.Equal(t, "A heading of its own", told["plain.md"].Document.Title)
	require.Equal(t, "just text", told["note.TXT"].Document.Text)
	page := told["page.html"].Document
	require.Equal(t, "A page", page.Title)
	require.Equal(t, "# One\n\nText with bold, and a\n\nbreak.\n\n- first\n- second\n\n## Two\n\nend&", page.Text)
	require.Equal(t, "The first page The second page", strings.Join(strings.Fields(told["paper.pdf"].Document.Text), " "))
}

func TestAPDFThatTakesTooLongIsTriedOnceUntilItChanges(t *testing.T) {
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
	p.write("slow.pdf", pdf("a page"))
	c, err := files.New(files.Config{Root: p.root, Tenant: "acme", Source: "handbook", PDFTime: 1})
	require.NoError(t, err)
	for range 2 {
		item := connectortest.Read(c.Snapshot(t.Context(), ""), -1).Items[0]
		require.ErrorContains(t, item.Refused, "not tried again until it changes")
		require.Equal(t, connectors.BadContent, item.Refused.Kind)
	}
}

func TestAFileThatCannotBeReadIsRefusedAloneAndNeverStopsTheRest(t *testing.T) {
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
	p.write("good.md", "x")
	whole := pdf("A page")
	for i, cut := range []int{0, 5, len(whole) / 3, len(whole) / 2, len(whole) - 30} {
		p.write(fmt.Sprint("damaged-", i, ".pdf"), whole[:cut])
	}
	p.write("binary.txt", "\xff\xfe\x00")
	p.write("binary.md", "\xff")
	p.write("large.txt", strings.Repeat("x", 17<<20))
	p.write(strings.Repeat("long/", 60)+"name.md", "x")
	told := p.told()
	require.Nil(t, told["good.md"].Refused)
	delete(told, "good.md")
	for name, item := range told {
		require.NotNil(t, item.Refused, name)
	}
	require.Equal(t, connectors.TooLarge, told["large.txt"].Refused.Kind)
	require.Equal(t, connectors.Unreadable, told["binary.md"].Refused.Kind, "who reads it might have stood in it")
	require.Contains(t, told, "", "and one whose name is too long is told without it")
}
