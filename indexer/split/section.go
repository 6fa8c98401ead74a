package split

import "strings"

// Longest parts of a heading, in characters: a heading is repeated on each of
// its chunks, so an endless one must not be.
const (
	maxTitle   = 240
	maxSection = 120
	maxField   = 60
)

const pathSeparator = " › "

// maxLevel is the deepest heading that Markdown, Jira and HTML know, and so the
// length of the longest path.
const maxLevel = 6

// section is a heading and, through its parents, the path to it. The nil
// section is the document itself.
type section struct {
	parent *section
	level  int
	depth  int
	title  string
}

// enter returns the section that a heading opens, seen from where it stands.
func (s *section) enter(level int, title string) *section {
	parent := s
	for parent != nil && parent.level >= level {
		parent = parent.parent
	}
	return &section{parent: parent, level: level, depth: parent.depthOf() + 1, title: cutRunes(oneLine(title), maxSection)}
}

func (s *section) depthOf() int {
	if s == nil {
		return 0
	}
	return s.depth
}

// common returns the innermost section that holds both.
func common(a, b *section) *section {
	for a != b {
		if a.depthOf() >= b.depthOf() {
			a = a.parent
		} else {
			b = b.parent
		}
	}
	return a
}

// heading writes the path below a document's title. A first heading that only
// repeats the title is left out.
func (s *section) heading(t title) string {
	var path [maxLevel]string
	n := len(path)
	for ; s != nil && n > 0; s = s.parent {
		if s.title == "" || s.parent == nil && strings.EqualFold(s.title, t.plain) {
			continue
		}
		n--
		path[n] = s.title
	}
	parts := path[n:]
	if t.line != "" {
		parts = append([]string{t.line}, parts...)
	}
	return strings.Join(parts, pathSeparator)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
