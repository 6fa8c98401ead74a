package adf

import (
	"strconv"
	"strings"
	"time"
)

// inlines are the nodes that stand within a line.
var inlines = map[string]func(node) string{
	"text":            func(n node) string { return marked(n, text(n["text"])) },
	"hardBreak":       func(node) string { return "\n" },
	"mention":         mention,
	"emoji":           func(n node) string { return either(attrText(n, "text"), attrText(n, "shortName")) },
	"date":            date,
	"status":          func(n node) string { return attrText(n, "text") },
	"placeholder":     func(n node) string { return attrText(n, "text") },
	"inlineCard":      card,
	"mediaInline":     media,
	"inlineExtension": func(n node) string { return attrText(n, "text") },
}

func isInline(n node) bool { _, is := inlines[kind(n)]; return is }

func inline(nodes []node, depth int) string {
	var b strings.Builder
	for _, n := range nodes {
		b.WriteString(inlineNode(n, depth))
	}
	return strings.TrimSpace(b.String())
}

func inlineNode(n node, depth int) string {
	if depth > MaxDepth {
		return ""
	}
	if render, known := inlines[kind(n)]; known {
		return render(n)
	}
	switch kind(n) {
	case "media", "image":
		return media(n)
	case "blockCard", "embedCard":
		return card(n)
	}
	return block(n, depth+1)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// mention names somebody as people see it: "@Ines".
func mention(n node) string {
	name := either(attrText(n, "text"), attrText(n, "id"))
	if name == "" || strings.HasPrefix(name, "@") {
		return name
	}
	return "@" + name
}

// date is a day; its time stamp counts milliseconds, as text or as a number.
func date(n node) string {
	ms, err := strconv.ParseInt(attrText(n, "timestamp"), 10, 64)
	if number, ok := attr(n, "timestamp").(float64); ok {
		ms, err = int64(number), nil
	}
	if err != nil || ms < -62135596800000 || ms > 253402300799999 { // the years 1 to 9999
		return attrText(n, "timestamp")
	}
	return time.UnixMilli(ms).UTC().Format(time.DateOnly)
}

// card is a link that the editor shows as a card.
func card(n node) string {
	if url := attrText(n, "url"); url != "" {
		return url
	}
	data, _ := attr(n, "data").(map[string]any)
	return strings.TrimSpace(text(data["name"]) + " " + text(data["url"]))
}

// media is a picture or a file: what is said about it, never its bytes.
func media(n node) string {
	name := either(either(attrText(n, "alt"), attrText(n, "__fileName")), attrText(n, "title"))
	if url := either(attrText(n, "url"), attrText(n, "src")); url != "" {
		return strings.TrimSpace(name + " " + url)
	}
	return name
}

// marked puts marks around a text. Space at its ends stays outside: Markdown
// takes "** a **" for stars.
func marked(n node, body string) string {
	core := strings.TrimSpace(body)
	if core == "" {
		return body
	}
	head, tail, _ := strings.Cut(body, core)
	marks, _ := n["marks"].([]any)
	for _, value := range marks {
		mark, _ := value.(map[string]any)
		core = around(mark, core)
	}
	return head + core + tail
}

func around(mark node, body string) string {
	switch kind(mark) {
	case "strong":
		return "**" + body + "**"
	case "em":
		return "*" + body + "*"
	case "strike":
		return "~~" + body + "~~"
	case "code":
		if strings.Contains(body, "`") {
			return "`` " + body + " ``"
		}
		return "`" + body + "`"
	case "link":
		if href := attrText(mark, "href"); href != "" && href != body {
			return "[" + body + "](" + strings.ReplaceAll(href, ")", "%29") + ")"
		}
	}
	return body // underline, colours, sub and superscript, annotations
}

// guard keeps a line of text from being read as a heading, list, fence or rule.
func guard(body string) string {
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
		if structural(lines[i]) {
			lines[i] = `\` + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

func structural(line string) bool {
	switch {
	case line == "":
		return false
	case strings.HasPrefix(line, "**") || strings.HasPrefix(line, "~~") && !strings.HasPrefix(line, "~~~"):
		return strings.Trim(line, "* ") == "" // emphasis is fine, a rule is not
	case strings.HasPrefix(line, "```"), strings.HasPrefix(line, "~~~"), strings.HasPrefix(line, "#"), strings.HasPrefix(line, ">"), strings.HasPrefix(line, "=="), strings.HasPrefix(line, "--"):
		return true
	}
	return strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "+ ") || strings.HasPrefix(line, "* ") || line == "-" || line == "+" || line == "*"
}
