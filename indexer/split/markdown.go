package split

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdownBlocks finds the blocks of a Markdown text with goldmark. Only its
// block structure is parsed: where a text is cut does not hang on emphasis or
// links, and inline parsing is what makes some inputs slow. A list item or a
// quote that is longer than one chunk is divided into the blocks inside it.
func markdownBlocks(source string, longest int) []block {
	front := frontMatter(source)
	w := markdownWalk{source: source, offset: front, longest: longest}
	body := []byte(source[front:])
	root := blockParser().Parse(text.NewReader(masked(body)))
	if front > 0 {
		w.blocks = append(w.blocks, block{start: 0, kind: code}, block{start: front})
	}
	w.children(root, len(body), 0)
	return w.blocks
}

func blockParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
	)
}

// frontMatter returns the length of the block of metadata that a Markdown file
// may begin with, between lines of "---" (YAML) or "+++" (TOML).
func frontMatter(source string) int {
	at := lineEnd(source, 0)
	fence := strings.TrimRight(source[:at], " \t\r\n")
	if fence != "---" && fence != "+++" {
		return 0
	}
	for at < len(source) {
		end := lineEnd(source, at)
		if line := strings.TrimRight(source[at:end], " \t\r\n"); line == fence || fence == "---" && line == "..." {
			return end
		}
		at = end
	}
	return 0
}

// markdownWalk collects blocks in the order of the text.
type markdownWalk struct {
	source  string
	offset  int // of the parsed part within source
	longest int
	blocks  []block
}

// deepest bounds recursion; what is nested deeper is cut like prose.
const deepest = 16

// children adds the blocks of a container that ends at end.
func (w *markdownWalk) children(parent ast.Node, end, depth int) {
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		until := end
		if next := node.NextSibling(); next != nil && next.Pos() >= 0 {
			until = next.Pos()
		}
		w.node(node, until, depth)
	}
}

func (w *markdownWalk) node(node ast.Node, end, depth int) {
	if node.Pos() < 0 {
		return
	}
	start := w.offset + node.Pos()
	b := block{start: strings.LastIndexByte(w.source[:start], '\n') + 1, kind: kindOf(node)}
	if h, ok := node.(*ast.Heading); ok {
		b.level, b.title = h.Level, w.title(h)
	}
	large := w.offset+end-start > w.longest // bytes: at least as many as characters
	switch {
	case node.Kind() == ast.KindList:
		w.children(node, end, depth+1)
	case node.HasChildren() && isContainer(node) && large && depth < deepest:
		w.blocks = append(w.blocks, b)
		w.children(node, end, depth+1)
	default:
		w.blocks = append(w.blocks, b)
	}
}

func isContainer(node ast.Node) bool {
	return node.Kind() == ast.KindListItem || node.Kind() == ast.KindBlockquote
}

func kindOf(node ast.Node) kind {
	switch node.Kind() {
	case ast.KindHeading:
		return heading
	case ast.KindCodeBlock, ast.KindFencedCodeBlock:
		return code
	case extast.KindTable:
		return table
	case ast.KindListItem:
		return listItem
	case ast.KindBlockquote:
		return quote
	}
	return paragraph
}

var (
	link     = regexp.MustCompile(`!?\[([^\[\]]*)\]\([^()]*\)`)
	anchor   = regexp.MustCompile(`\s*\{#[^{}]*\}\s*$`)
	emphasis = strings.NewReplacer("`", "", "*", "")
)

// title is a heading's text without the markup that headings usually carry.
func (w *markdownWalk) title(h *ast.Heading) string {
	lines := h.Lines()
	var b strings.Builder
	for i := range lines.Len() {
		at := lines.At(i)
		b.WriteString(cutBytes(w.source[w.offset+at.Start:w.offset+at.Stop], 8*maxSection))
		b.WriteByte(' ')
		if b.Len() > 8*maxSection {
			break
		}
	}
	title := anchor.ReplaceAllString(b.String(), "")
	return emphasis.Replace(link.ReplaceAllString(title, "$1"))
}

func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
