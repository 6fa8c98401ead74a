package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	minWidth   = 60  // columns that the page is laid out for at least
	proseWidth = 100 // columns that sentences fill at most
)

// page prints for a person. After the first error it prints nothing more.
type page struct {
	out   io.Writer
	color bool
	width int
	steps int
	err   error
}

const (
	bold   = "\x1b[1m"
	faint  = "\x1b[2m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
	plain  = "\x1b[0m"
)

func (p *page) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

func (p *page) paint(color, text string) string {
	if !p.color {
		return text
	}
	return color + text + plain
}

func (p *page) title(text string) { p.printf("\n%s\n\n", p.paint(bold, text)) }

// step starts a step; the first is the title of all.
func (p *page) step(text string) {
	if p.steps == 0 {
		p.title(text)
	} else {
		p.printf("\n%s\n", p.paint(bold, fmt.Sprintf("%d  %s", p.steps, text)))
	}
	p.steps++
}

func (p *page) question(text string) { p.printf("   “%s”\n", p.paint(bold, text)) }
func (p *page) line(text string)     { p.printf("   %s\n", text) }
func (p *page) blank()               { p.printf("\n") }

func (p *page) fact(text string, took time.Duration) {
	p.printf("   %s %s %s\n", p.paint(green, "✓"), text, p.paint(faint, milliseconds(inMilliseconds(took))))
}

func (p *page) failure(text string) { p.printf("   %s expected: %s\n", p.paint(red, "✗"), text) }

func (p *page) done(text string) {
	p.printf("\n   %s %s\n", p.paint(green, "✓"), p.paint(bold, text))
}

// wrapped prints a sentence for the reader, wrapped to the width.
func (p *page) wrapped(text string) {
	for _, line := range wrap(text, min(p.width, proseWidth)-indent) {
		p.line(line)
	}
}

// example prints lines for a shell under what they do. They are never wrapped:
// they must work when they are copied.
func (p *page) example(what, lines string) {
	p.blank()
	for _, line := range wrap(what, min(p.width, proseWidth)-indent-2) {
		p.line(p.paint(faint, "# "+line))
	}
	for _, line := range strings.Split(lines, "\n") {
		p.line(line)
	}
}

// aside explains, wrapped to the width.
func (p *page) aside(text string) {
	for _, line := range wrap(text, min(p.width, proseWidth)-5) {
		p.printf("     %s\n", p.paint(faint, line))
	}
}

// fit cuts a text to a width and fills it up to it.
func fit(text string, width int) string {
	text = cut(text, width)
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

func cut(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return strings.TrimRight(string(runes[:max(width-1, 0)]), " ") + "…"
}

func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func milliseconds(ms float64) string { return fmt.Sprintf("%.1f ms", ms) }
