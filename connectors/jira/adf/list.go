package adf

import "strings"

// list renders items with their marks; what follows an item's first line is
// indented under it, lists in it as well.
func list(n node, depth int, mark func(i int, item node) string) string {
	if depth > MaxDepth {
		return ""
	}
	var items []string
	count := 0
	for _, item := range children(n) {
		switch kind(item) {
		case "taskList", "decisionList", "bulletList", "orderedList": // nested without an item
			if nested := block(item, depth+1); nested != "" {
				items = append(items, prefix(nested, "  ", "  "))
			}
			continue
		}
		head := mark(count, item)
		count++
		body := itemText(item, depth)
		if body == "" {
			continue
		}
		indent := strings.Repeat(" ", min(len(head), 4))
		if strings.HasPrefix(head, "- ") {
			indent = "  "
		}
		items = append(items, prefix(body, head, indent))
	}
	return strings.Join(items, "\n")
}

// itemText renders one item; a list follows its paragraph without a gap.
func itemText(item node, depth int) string {
	if kind(item) != "listItem" {
		return block(item, depth+1)
	}
	var b strings.Builder
	for _, child := range children(item) {
		rendered := block(child, depth+1)
		if rendered == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n")
			if kind(child) != "bulletList" && kind(child) != "orderedList" {
				b.WriteString("\n")
			}
		}
		b.WriteString(rendered)
	}
	return b.String()
}

func first(n node) int {
	if order, ok := attr(n, "order").(float64); ok && order >= 0 && order < 1e9 {
		return int(order)
	}
	return 1
}

func taskMark(_ int, item node) string {
	if strings.EqualFold(attrText(item, "state"), "DONE") {
		return "- [x] "
	}
	return "- [ ] "
}

// table renders rows; the first is the head where it has header cells.
func table(n node, depth int) string {
	var rows []string
	width := 0
	for _, row := range children(n) {
		cells, header := cellsOf(row, depth)
		if len(rows) == 0 {
			width = len(cells)
			if !header {
				rows = append(rows, line(nil, width), line(repeat("---", width), width))
			}
		}
		rows = append(rows, line(cells, max(width, len(cells))))
		if len(rows) == 1 {
			rows = append(rows, line(repeat("---", width), width))
		}
	}
	return strings.Join(rows, "\n")
}

func cellsOf(row node, depth int) (cells []string, header bool) {
	header = true
	for _, cell := range children(row) {
		header = header && kind(cell) == "tableHeader"
		body := strings.Join(strings.Fields(blocks(cell, depth+1)), " ")
		cells = append(cells, strings.ReplaceAll(body, "|", `\|`))
	}
	return cells, header && len(cells) > 0
}

func line(cells []string, width int) string {
	for len(cells) < width {
		cells = append(cells, "")
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

func repeat(s string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}
