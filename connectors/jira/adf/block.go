package adf

import (
	"fmt"
	"strings"
)

// block renders a node that stands in lines of its own, without a line break at
// its end.
func block(n node, depth int) string {
	if depth > MaxDepth {
		return ""
	}
	depth++
	switch kind(n) {
	case "paragraph", "caption", "decisionItem", "taskItem":
		return guard(inline(children(n), depth))
	case "heading":
		return heading(n, depth)
	case "bulletList":
		return list(n, depth, func(int, node) string { return "- " })
	case "orderedList":
		return list(n, depth, func(i int, _ node) string { return fmt.Sprintf("%d. ", first(n)+i) })
	case "taskList":
		return list(n, depth, taskMark)
	case "decisionList":
		return list(n, depth, func(int, node) string { return "- Decision: " })
	case "blockquote":
		return prefix(blocks(n, depth), "> ", "> ")
	case "panel":
		return prefix(titled(strings.ToUpper(attrText(n, "panelType")), blocks(n, depth)), "> ", "> ")
	case "expand", "nestedExpand":
		return titled(attrText(n, "title"), blocks(n, depth))
	case "codeBlock":
		return code(n)
	case "rule":
		return "---"
	case "table":
		return table(n, depth)
	case "media", "image", "blockCard", "embedCard":
		return inlineNode(n, depth)
	case "mediaGroup":
		return joined(n, depth, "\n")
	case "extension":
		return attrText(n, "text")
	}
	return mixed(n, depth) // doc, layouts, bodied extensions, and what is not known
}

// mixed renders what may hold lines or blocks, or has a text itself.
func mixed(n node, depth int) string {
	if _, known := inlines[kind(n)]; known {
		return guard(inlineNode(n, depth))
	}
	var parts []string
	own := text(n["text"])
	if own == "" {
		own = attrText(n, "text")
	}
	if own != "" {
		parts = append(parts, guard(own))
	}
	var line []node
	flush := func() {
		if rendered := guard(inline(line, depth)); rendered != "" {
			parts = append(parts, rendered)
		}
		line = nil
	}
	for _, child := range children(n) {
		if isInline(child) {
			line = append(line, child)
			continue
		}
		flush()
		if rendered := block(child, depth); rendered != "" {
			parts = append(parts, rendered)
		}
	}
	flush()
	return strings.Join(parts, "\n\n")
}

func blocks(n node, depth int) string { return mixed(node{"content": n["content"]}, depth) }

func joined(n node, depth int, by string) string {
	var parts []string
	for _, child := range children(n) {
		if rendered := block(child, depth); rendered != "" {
			parts = append(parts, rendered)
		}
	}
	return strings.Join(parts, by)
}

func heading(n node, depth int) string {
	level, ok := attr(n, "level").(float64)
	if !ok || level < 1 || level > 6 {
		level = 1
	}
	title := strings.Join(strings.Fields(inline(children(n), depth)), " ")
	if title == "" {
		return ""
	}
	return strings.Repeat("#", int(level)) + " " + title
}

func titled(title, body string) string {
	if title == "" {
		return body
	}
	return strings.TrimRight("**"+strings.Join(strings.Fields(title), " ")+"**\n\n"+body, "\n")
}

// code keeps its text as it is, in a fence that the text can't end.
func code(n node) string {
	var b strings.Builder
	for _, child := range children(n) {
		b.WriteString(text(child["text"]))
	}
	fence := "```"
	for strings.Contains(b.String(), fence) {
		fence += "`"
	}
	language := strings.Map(func(r rune) rune {
		if r == '`' || r <= ' ' {
			return -1
		}
		return r
	}, attrText(n, "language"))
	return fence + language + "\n" + strings.TrimRight(b.String(), "\n") + "\n" + fence
}

func prefix(body, head, rest string) string {
	if body == "" {
		return ""
	}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		with := rest
		if i == 0 {
			with = head
		}
		lines[i] = strings.TrimRight(with+line, " ")
	}
	return strings.Join(lines, "\n")
}
