package split

import (
	"regexp"
	"strings"
)

// Jira's wiki markup as issues carry it: headings ("h2. "), lists, tables
// ("||", "|"), quotes ("bq. ", {quote}), panels, {code} and {noformat}, and
// HTML between {html} tags. Exports often flatten line breaks to spaces, "\r\n"
// to two of them; in such a text a run of two spaces ends a line, and a run of
// four stands for a blank one.

// isFlat reports whether a text has lost its line breaks.
func isFlat(text string) bool {
	return !strings.ContainsRune(text, '\n') && strings.Contains(text, "  ")
}

// jiraBlocks finds the blocks of a text in Jira's wiki markup.
func jiraBlocks(text string, flat bool) []block {
	s := jiraScan{text: text, flat: flat}
	at := 0
	for _, m := range jiraMacros(text) {
		s.prose(at, m.start)
		if m.verbatim {
			s.add(block{start: m.start, kind: code})
			s.add(block{start: m.end})
		} else {
			s.toggle(m)
		}
		at = m.end
	}
	s.prose(at, len(text))
	return s.blocks
}

type jiraScan struct {
	text   string
	flat   bool
	blocks []block
	quoted bool // inside {quote} or {panel}
	html   bool // inside {html}
	joined bool // the next line of prose goes on with the block before it
}

func (s *jiraScan) add(b block) {
	if b.kind == paragraph && s.quoted {
		b.kind = quote
	}
	s.blocks = append(s.blocks, b)
	s.joined = false
}

// toggle enters or leaves a quote, a panel or a stretch of HTML. An opening tag
// stays with what it opens, a closing one with what it closes.
func (s *jiraScan) toggle(m macro) {
	inside := &s.quoted
	if m.name == "html" {
		inside = &s.html
	}
	*inside = !*inside
	if *inside {
		s.add(block{start: m.start})
		s.joined = true
	} else {
		s.add(block{start: m.end})
	}
}

// prose adds the blocks of a stretch without macros, line by line.
func (s *jiraScan) prose(start, end int) {
	for start < end {
		line, next := s.line(start, end)
		if line.afterBlank {
			s.joined = false
		}
		s.addLine(s.text[line.start:line.end], line.start)
		if s.html {
			s.htmlBlocks(line.start, line.end)
		}
		start = next
	}
}

type lineExtent struct {
	start, end int
	afterBlank bool // a blank line stands before it
}

// line returns the extent of the line that begins at or behind start, without
// white space around it, and where the next one begins.
func (s *jiraScan) line(start, end int) (lineExtent, int) {
	from, _ := trim(s.text, start, end)
	next := s.lineBreak(from, end)
	_, to := trim(s.text, from, next)
	return lineExtent{start: from, end: to, afterBlank: s.isBlank(s.text[start:from])}, next
}

func (s *jiraScan) isBlank(lead string) bool {
	if s.flat {
		return len(lead) >= 4
	}
	return strings.Count(lead, "\n") >= 2
}

func (s *jiraScan) lineBreak(start, end int) int {
	separator := "\n"
	if s.flat {
		separator = "  "
	}
	if i := strings.Index(s.text[start:end], separator); i >= 0 {
		return start + i
	}
	return end
}

var (
	jiraHeading = regexp.MustCompile(`^h([1-6])\.\s*(\S.*)`)
	jiraList    = regexp.MustCompile(`^(?:[*#]{1,8}|-) `)
)

// addLine adds a block where a line begins one.
func (s *jiraScan) addLine(line string, start int) {
	if line == "" {
		return
	}
	if h := jiraHeading.FindStringSubmatch(cutBytes(line, 1024)); h != nil && len(line) <= 2*maxTitle {
		s.add(block{start: start, kind: heading, level: int(h[1][0] - '0'), title: strings.Trim(h[2], "*_+ ")})
		return
	}
	switch k := lineKind(line); {
	case k == paragraph && s.joined:
	case k == table && s.joined && len(s.blocks) > 0 && s.blocks[len(s.blocks)-1].kind == table:
	default:
		s.add(block{start: start, kind: k})
		s.joined = true
	}
}

func lineKind(line string) kind {
	switch {
	case strings.HasPrefix(line, "|"):
		return table
	case strings.HasPrefix(line, "bq. "):
		return quote
	case jiraList.MatchString(line):
		return listItem
	}
	return paragraph
}

var htmlBlock = regexp.MustCompile(`(?i)<(?:p|div|li|ul|ol|dl|dt|table|tr|blockquote|pre|h[1-6])\b`)

// htmlBlocks adds a block at each tag that begins one.
func (s *jiraScan) htmlBlocks(start, end int) {
	for _, at := range htmlBlock.FindAllStringIndex(s.text[start:end], -1) {
		s.add(block{start: start + at[0]})
		s.joined = true
	}
}
