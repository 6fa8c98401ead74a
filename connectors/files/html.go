package files

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"github.com/eyeshot-dev/eyeshot"
)

// htmlText gives the title of a page and its text, with headings marked as
// Markdown marks them, so that passages know where they stand.
func htmlText(data []byte) (title, body string, err error) {
	reader, err := charset.NewReader(bytes.NewReader(data), "text/html")
	if err != nil {
		return "", "", fmt.Errorf("%w: its character set is not known", eyeshot.ErrInvalid)
	}
	root, err := html.Parse(reader)
	if err != nil {
		return "", "", fmt.Errorf("%w: it is no HTML", eyeshot.ErrInvalid)
	}
	var p pageText
	p.walk(root)
	return p.title, tidy(p.out.String()), nil
}

type pageText struct {
	title string
	out   strings.Builder
	space bool // text is to be set apart from what comes before
}

func (p *pageText) walk(n *html.Node) {
	if n.Type == html.TextNode {
		p.words(n.Data)
		return
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Iframe:
		return
	case atom.Title:
		p.title = strings.Join(strings.Fields(inner(n)), " ")
		return
	case atom.Li:
		p.out.WriteString("\n- ")
		p.space = false
	}
	if isHeading(n.DataAtom) {
		p.out.WriteString("\n\n" + strings.Repeat("#", int(n.Data[1]-'0')) + " ")
		p.space = false
	} else if isBlock(n.DataAtom) {
		p.paragraph()
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		p.walk(child)
	}
	if isBlock(n.DataAtom) || isHeading(n.DataAtom) {
		p.paragraph()
	}
}

func (p *pageText) words(data string) {
	words := strings.Fields(data)
	if len(words) == 0 {
		p.space = p.space || data != ""
		return
	}
	if p.space || data[0] == ' ' || data[0] == '\n' || data[0] == '\t' {
		p.out.WriteByte(' ')
	}
	p.out.WriteString(strings.Join(words, " "))
	last := data[len(data)-1]
	p.space = last == ' ' || last == '\n' || last == '\t'
}

func (p *pageText) paragraph() {
	p.out.WriteString("\n\n")
	p.space = false
}

func isHeading(a atom.Atom) bool {
	switch a {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// tidy leaves at most one blank line between two paragraphs.
func tidy(text string) string {
	var b strings.Builder
	blank := 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n")
		if line == "" {
			blank++
			continue
		}
		if b.Len() > 0 {
			b.WriteString(strings.Repeat("\n", 1+min(blank, 1)))
		}
		blank = 0
		b.WriteString(line)
	}
	return b.String()
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Table, atom.Tr, atom.Ul, atom.Ol, atom.Pre, atom.Blockquote, atom.Br, atom.Dl, atom.Dt, atom.Dd, atom.Header, atom.Footer, atom.Main:
		return true
	}
	return false
}

func inner(n *html.Node) string {
	var b strings.Builder
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		b.WriteString(child.Data)
	}
	return b.String()
}
