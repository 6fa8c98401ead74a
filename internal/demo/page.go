package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// page prints for a person.
type page struct {
	out   io.Writer
	color bool
	width int
	steps int
}

// column is one principal's answer.
type column struct {
	heading string
	rows    []row
	took    time.Duration
}

type row struct {
	score     float64
	id, title string
}

const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	green = "\x1b[32m"
	red   = "\x1b[31m"
	plain = "\x1b[0m"
)

func (p *page) paint(color, text string) string {
	if !p.color {
		return text
	}
	return color + text + plain
}

func (p *page) title(text string)    { fmt.Fprintf(p.out, "\n%s\n\n", p.paint(bold, text)) }
func (p *page) line(text string)     { fmt.Fprintf(p.out, "   %s\n", text) }
func (p *page) aside(text string)    { fmt.Fprintf(p.out, "     %s\n", p.paint(faint, text)) }
func (p *page) question(text string) { fmt.Fprintf(p.out, "   “%s”\n", p.paint(bold, text)) }

func (p *page) fact(text string, took time.Duration) {
	fmt.Fprintf(p.out, "   %s %s %s\n", p.paint(green, "✓"), text, p.paint(faint, milliseconds(took)))
}

func (p *page) failure(text string) {
	fmt.Fprintf(p.out, "   %s expected: %s\n", p.paint(red, "✗"), text)
}

func (p *page) done(text string) {
	fmt.Fprintf(p.out, "\n   %s %s\n", p.paint(green, "✓"), p.paint(bold, text))
}

func (p *page) step(text string) {
	p.steps++
	fmt.Fprintf(p.out, "\n%s\n", p.paint(bold, fmt.Sprintf("%d  %s", p.steps, text)))
}

// because explains, wrapped to the width.
func (p *page) because(text string) {
	for _, line := range wrap(text, p.width-5) {
		p.aside(line)
	}
}

// columns prints answers side by side where there is room for them, else one
// below the other.
func (p *page) columns(columns []column) {
	each := (p.width - 3) / max(len(columns), 1)
	if each < 50 && len(columns) > 1 {
		for _, c := range columns {
			p.columns([]column{c})
		}
		return
	}
	blocks := make([][]string, len(columns))
	height := 0
	for i, c := range columns {
		blocks[i] = c.lines(each - 2)
		height = max(height, len(blocks[i]))
	}
	fmt.Fprintln(p.out)
	for y := range height {
		var line strings.Builder
		for _, block := range blocks {
			cell := ""
			if y < len(block) {
				cell = block[y]
			}
			line.WriteString(p.cell(cell, y, each))
		}
		fmt.Fprintln(p.out, "   "+strings.TrimRight(line.String(), " "))
	}
	fmt.Fprintln(p.out)
}

func (p *page) cell(text string, y, width int) string {
	padded := text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
	if y == 0 {
		return p.paint(bold, padded)
	}
	return padded
}

func (c column) lines(width int) []string {
	lines := []string{fit(c.heading, width)}
	for _, r := range c.rows {
		lines = append(lines, fit(fmt.Sprintf("%.2f  %-10s %s", r.score, short(r.id), r.title), width))
	}
	if len(c.rows) == 0 {
		lines = append(lines, "nothing")
	}
	return append(lines, fmt.Sprintf("%d passages in %s, token and gate included", len(c.rows), milliseconds(c.took)))
}

// short is the last part of an id: a ticket's key, a document's file name.
func short(id string) string {
	parts := strings.Split(id, "/")
	if last := parts[len(parts)-1]; strings.HasPrefix(last, "comment-") && len(parts) > 1 {
		return parts[len(parts)-2] + " " + strings.Replace(last, "comment-", "#", 1)
	} else if !strings.HasSuffix(last, ".md") {
		return last
	}
	return "doc"
}

func fit(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:max(width-1, 0)]) + "…"
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

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}
