package demo

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
)

// column is one principal's answer as it is shown.
type column struct {
	heading string
	answer  Answer
	marked  map[eyeshot.Object]bool // results that get a mark; nil: no room for one
}

const (
	mark         = "●"
	leastColumn  = 44 // columns of text below which answers stand one below the other
	indent, gap  = 3, 2
	leastName    = len("PAY-1482 #3")
	longestName  = 28
	scoreAndGaps = len("0.00") + 2*gap
)

// columns prints answers side by side where there is room for them, else one
// below the other.
func (p *page) columns(columns ...column) {
	each := (p.width - indent - gap*(len(columns)-1)) / max(len(columns), 1)
	if each < leastColumn && len(columns) > 1 {
		for _, c := range columns {
			p.columns(c)
		}
		return
	}
	blocks, height := make([][]string, len(columns)), 0
	for i, c := range columns {
		blocks[i] = c.lines(each)
		height = max(height, len(blocks[i]))
	}
	p.blank()
	for y := range height {
		p.printf("   %s\n", strings.TrimRight(p.row(blocks, y, each), " "))
	}
}

// row puts line y of all blocks beside each other.
func (p *page) row(blocks [][]string, y, width int) string {
	cells := make([]string, len(blocks))
	for i, block := range blocks {
		cell := ""
		if y < len(block) {
			cell = block[y]
		}
		cells[i] = p.highlight(fit(cell, width), y, len(block))
	}
	return strings.Join(cells, strings.Repeat(" ", gap))
}

// highlight colours a cell that has its width already, since colours have none.
func (p *page) highlight(cell string, y, height int) string {
	switch {
	case y == 0:
		return p.paint(bold, cell)
	case y == height-1:
		return p.paint(faint, cell)
	case strings.HasPrefix(cell, mark):
		return p.paint(yellow, cell)
	}
	return cell
}

// lines lays an answer out: heading, results with their names aligned, timing.
func (c column) lines(width int) []string {
	names := 0
	for _, result := range c.answer.Results {
		names = max(names, utf8.RuneCountInString(shortName(result.Object)))
	}
	names = min(names, max(width/4, leastName), longestName)
	lines := []string{cut(c.heading, width)}
	for _, result := range c.answer.Results {
		name := fit(shortName(result.Object), names)
		title := cut(result.Title, width-scoreAndGaps-names-c.markWidth())
		lines = append(lines, fmt.Sprintf("%s%.2f  %s  %s", c.mark(result.Object), result.Score, name, title))
	}
	if len(c.answer.Results) == 0 {
		lines = append(lines, "nothing")
	}
	return append(lines, cut(c.timing(), width))
}

func (c column) mark(object eyeshot.Object) string {
	switch {
	case c.marked == nil:
		return ""
	case c.marked[object]:
		return mark + " "
	}
	return "  "
}

func (c column) markWidth() int {
	if c.marked == nil {
		return 0
	}
	return utf8.RuneCountInString(mark) + 1
}

func (c column) timing() string {
	passages := fmt.Sprintf("%d passages", len(c.answer.Results))
	if len(c.answer.Results) == 1 {
		passages = "1 passage"
	}
	return fmt.Sprintf("%s in %s, %s with HTTP", passages, milliseconds(c.answer.TookMS), milliseconds(c.answer.RoundTripMS))
}

// shortName is what people call a document where there is little room: a
// ticket's key, a comment's ticket and number, a page's file name.
func shortName(object eyeshot.Object) string {
	parts := strings.Split(object.Local(), "/")
	last := parts[len(parts)-1]
	if number, ok := strings.CutPrefix(last, "comment-"); ok && object.Type() == "comment" && len(parts) > 1 {
		return parts[len(parts)-2] + " #" + number
	}
	return strings.TrimSuffix(last, ".md")
}
