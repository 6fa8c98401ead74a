package split_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/split"
)

var formats = []eyeshot.Format{eyeshot.FormatText, eyeshot.FormatMarkdown, eyeshot.FormatJira}

// check holds the promises of Split against one document. Chunks are slices of
// the text in order, so a walk through the text finds each of them, and what
// the walk steps over belongs to none.
func check(t testing.TB, options split.Options, doc eyeshot.Document) {
	t.Helper()
	s := splitter(t, options)
	chunks := s.Split(doc)
	if again := s.Split(doc); !reflect.DeepEqual(chunks, again) {
		t.Error("splitting twice gave two answers")
	}
	if strings.TrimSpace(doc.Text) == "" {
		return
	}
	covered, from := 0, 0
	for i, c := range chunks {
		if c.N != i || c.Object != doc.Object {
			t.Errorf("chunk %d is named %v", i, c.ChunkRef)
		}
		if c.Text == "" || c.Text != strings.TrimSpace(c.Text) {
			t.Errorf("chunk %d is empty or not trimmed: %q", i, c.Text)
		}
		if n := utf8.RuneCountInString(c.Text); n > options.Max {
			t.Errorf("chunk %d has %d characters of at most %d", i, n, options.Max)
		}
		if utf8.ValidString(doc.Text) && !utf8.ValidString(c.Text+c.Heading) {
			t.Errorf("chunk %d cuts a character: %q", i, c.Text)
		}
		at := find(doc.Text, c.Text, from, covered)
		if at < 0 {
			t.Fatalf("chunk %d is not a slice of the text behind the one before it, or leaves something out between them: %q", i, c.Text)
		}
		from, covered = at+1, max(covered, at+len(c.Text))
	}
	if rest := strings.TrimSpace(doc.Text[covered:]); rest != "" {
		t.Errorf("in no chunk: %q", rest)
	}
}

// find returns where passage begins in text, at or behind from, with nothing
// but white space between covered and it.
func find(text, passage string, from, covered int) int {
	last := covered
	for last < len(text) {
		r, size := utf8.DecodeRuneInString(text[last:])
		if !unicode.IsSpace(r) {
			break
		}
		last += size
	}
	for at := last; at >= from; at-- {
		if strings.HasPrefix(text[at:], passage) {
			return at
		}
	}
	return -1
}

var parts = []string{
	"a", "word ", "Sentence. ", "é", "日本語。", "\n", "\n\n", "\r\n", "  ", "    ", "\t", "# ", "## ", "###### h\n", "\n---\n", "```\n", "~~~",
	"- ", "1. ", "> ", "| a | b |\n|-|-|\n", "| x |\n", "    code\n", "<p>", "<div>\n", "</p>", "[l](u)", "{code}", "{code:x}", "{noformat}",
	"{quote}", "{panel:title=x}", "{html}", "h1. ", "h6.", "bq. ", "* ", "||h||", "{", "{{", "}", "\x00", "\u200b", "\u2028", "===\n",
}

func TestEveryCharacterIsInAChunkAndNoneIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 120).Draw(t, "parts"), "")
		format := rapid.SampledFrom(formats).Draw(t, "format")
		checkRapid(t, small, document(format, "T", text))
	})
}

// checkRapid hands rapid's t to check, which wants a testing.TB.
func checkRapid(t *rapid.T, options split.Options, doc eyeshot.Document) {
	check(shim{TB: nil, t: t}, options, doc)
}

type shim struct {
	testing.TB
	t *rapid.T
}

func (s shim) Helper()                           {}
func (s shim) Error(args ...any)                 { s.t.Error(args...) }
func (s shim) Errorf(format string, args ...any) { s.t.Errorf(format, args...) }
func (s shim) Fatal(args ...any)                 { s.t.Fatal(args...) }
func (s shim) Fatalf(format string, args ...any) { s.t.Fatalf(format, args...) }

func FuzzSplit(f *testing.F) {
	for _, part := range parts {
		f.Add(part+" "+part+part, uint8(0))
	}
	f.Fuzz(func(t *testing.T, text string, format uint8) {
		check(t, small, document(formats[int(format)%len(formats)], "T", text))
	})
}

// TestGreatTextsTakeLinearTime has no clock: what is quadratic does not come
// back from these before the test binary's own time-out.
func TestGreatTextsTakeLinearTime(t *testing.T) {
	times := func(bytes int, part string) string { return strings.Repeat(part, bytes/len(part)) }
	fill := func(part string) string { return times(200_000, part) }
	line := func(part string) string { return times(1<<20, part) }
	texts := map[string]string{
		"one line of one letter":  line("x"),
		"one line of words":       line("word "),
		"one line of Japanese":    line("語"),
		"blank lines":             fill("\n") + "x",
		"headings":                strings.Repeat("## A heading\n\ntext\n\n", 10_000),
		"bare headings":           strings.Repeat("# h\n", 10_000),
		"one endless heading":     "# " + fill("h "),
		"a million quote marks":   line(">"),
		"quotes in quotes":        fill("> "),
		"lists in lists":          fill("- "),
		"numbers in numbers":      fill("1. "),
		"list items":              fill("- a\n"),
		"quoted lists":            fill(strings.Repeat("> - ", 16) + "x\n"),
		"table cells":             fill("|"),
		"table rows":              "|a|b|\n|-|-|\n" + fill("|1|2|\n"),
		"one table of many cells": fill("a|") + "\n" + fill("-|") + "\n" + fill("b|"),
		"brackets":                fill("[") + fill("]"),
		"backticks":               fill("`"),
		"fences":                  fill("```\nx\n"),
		"unclosed fence":          "```\n" + fill("x y\n"),
		"setext underlines":       fill("a\n=\n"),
		"HTML":                    fill("<div>"),
		"HTML lines":              fill("<p>\n"),
		"unclosed macros":         fill("{code:a}"),
		"quotes":                  fill("{quote}"),
		"HTML macros":             "{html}" + fill("<p>x"),
		"braces":                  fill("{"),
		"flattened lines":         fill("* a  "),
		"front matter":            "---\n" + fill("a: b\n"),
		"tabs":                    fill("\t") + "x",
		"indented lines":          fill(strings.Repeat(" ", 60) + "- x\n"),
		"escapes":                 fill("\\"),
		"entities":                fill("&amp;"),
		"definitions":             fill("[a]: b\n"),
		"stars":                   fill("*"),
		"invalid UTF-8":           fill("\xff\xfe"),
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, format := range formats {
				chunks := splitter(t, split.Options{}).Split(document(format, "T", text))
				if most := len(text)/100 + 2; len(chunks) > most {
					t.Errorf("%s as %q: %d chunks of %d bytes", name, format, len(chunks), len(text))
				}
			}
		})
	}
}
