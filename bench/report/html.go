package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

// HTML writes a page that stands alone: tables, plots as SVG, and the report
// itself as JSON. It loads nothing.
func (r *Report) HTML(to io.Writer) error {
	page, err := template.New("report").Funcs(template.FuncMap{"figure": Number}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	data := struct {
		*Report
		AllTables []Table
		Drawn     []template.HTML
		JSON      string
	}{Report: r, AllTables: r.tables()}
	for _, plot := range r.Plots {
		svg, err := plot.SVG()
		if err != nil {
			return err
		}
		data.Drawn = append(data.Drawn, template.HTML(svg)) // made by the plotter, which escapes its texts
	}
	encoded, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	data.JSON = string(encoded)
	if err := page.Execute(to, data); err != nil {
		return fmt.Errorf("write the report's page: %w", err)
	}
	return nil
}
