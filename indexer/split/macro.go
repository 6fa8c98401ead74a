package split

import "strings"

// macro is a tag of Jira's wiki markup in a text: from '{' to behind '}', or,
// where it is verbatim, to behind the tag that closes it.
type macro struct {
	name       string
	start, end int
	verbatim   bool // {code} … {code} or {noformat} … {noformat}
}

// jiraMacros finds the macros that divide a text into blocks. A verbatim one
// that nothing closes is plain text, as it is in Jira.
func jiraMacros(text string) []macro {
	var found []macro
	unclosed := map[string]bool{} // each name is searched to the end only once
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '{')
		if i < 0 {
			return found
		}
		at += i
		if strings.HasPrefix(text[at:], "{{") { // monospaced words
			at += len("{{")
			continue
		}
		m, ok := macroAt(text, at)
		if ok && m.verbatim {
			m.end, ok = closing(text, m, unclosed)
		}
		if !ok {
			at++
			continue
		}
		found = append(found, m)
		at = m.end
	}
}

// maxParameters bounds what stands in a tag: {code:title=a.xml|borderStyle=solid}.
const maxParameters = 200

func macroAt(text string, start int) (macro, bool) {
	for _, name := range [...]string{"code", "noformat", "quote", "panel", "html"} {
		rest, ok := strings.CutPrefix(text[start+1:], name)
		if !ok || rest == "" {
			continue
		}
		m := macro{name: name, start: start, verbatim: name == "code" || name == "noformat"}
		if rest[0] == '}' {
			m.end = start + len(name) + 2
			return m, true
		}
		end := strings.IndexAny(rest[:min(len(rest), maxParameters)], "}\n")
		if rest[0] == ':' && end > 0 && rest[end] == '}' {
			m.end = start + 1 + len(name) + end + 1
			return m, true
		}
	}
	return macro{}, false
}

// closing returns the offset behind the tag that closes a verbatim macro.
func closing(text string, m macro, unclosed map[string]bool) (int, bool) {
	tag := "{" + m.name + "}"
	if unclosed[tag] {
		return 0, false
	}
	i := strings.Index(text[m.end:], tag)
	if i < 0 {
		unclosed[tag] = true
		return 0, false
	}
	return m.end + i + len(tag), true
}
