package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Plot is lines over two axes.
type Plot struct {
	Title string `json:"title"`
	X     string `json:"x"`
	Y     string `json:"y"`
	LogX  bool   `json:"log_x,omitempty"`
	LogY  bool   `json:"log_y,omitempty"`
	Lines []Line `json:"lines"`
}

// Line is points by rising X.
type Line struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
}

// MarshalJSON leaves out points that are no numbers.
func (l Line) MarshalJSON() ([]byte, error) {
	type plain Line
	out := plain{Name: l.Name, Points: [][2]float64{}}
	for _, point := range l.Points {
		if finite(point[0]) && finite(point[1]) {
			out.Points = append(out.Points, point)
		}
	}
	return json.Marshal(out)
}

// colors are told apart by people who don't see all of them (M. Okabe, K. Ito,
// Color Universal Design, 2008).
func colors() []color.Color {
	return []color.Color{
		color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0xd5, 0x5e, 0x00, 0xff}, color.RGBA{0x00, 0x9e, 0x73, 0xff},
		color.RGBA{0xcc, 0x79, 0xa7, 0xff}, color.RGBA{0xe6, 0x9f, 0x00, 0xff}, color.RGBA{0x56, 0xb4, 0xe9, 0xff},
		color.RGBA{0x00, 0x00, 0x00, 0xff}, color.RGBA{0x99, 0x99, 0x99, 0xff},
	}
}

// SVG draws the plot as an SVG element.
func (p Plot) SVG() ([]byte, error) {
	drawn, err := p.drawing()
	if err != nil {
		return nil, err
	}
	canvas := vgsvg.New(22*vg.Centimeter, 13*vg.Centimeter)
	drawn.Draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("plot %q: %w", p.Title, err)
	}
	if start := bytes.Index(b.Bytes(), []byte("<svg")); start > 0 {
		return b.Bytes()[start:], nil // an element of a page has no XML header
	}
	return b.Bytes(), nil
}

func (p Plot) drawing() (*plot.Plot, error) {
	drawn := plot.New()
	drawn.Title.Text, drawn.X.Label.Text, drawn.Y.Label.Text = p.Title, p.X, p.Y
	drawn.Legend.Top = true
	drawn.Add(plotter.NewGrid())
	if p.LogX {
		drawn.X.Scale, drawn.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	if p.LogY {
		drawn.Y.Scale, drawn.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	for i, line := range p.Lines {
		if err := p.add(drawn, i, line); err != nil {
			return nil, fmt.Errorf("plot %q, line %q: %w", p.Title, line.Name, err)
		}
	}
	p.widen(drawn)
	return drawn, nil
}

func (p Plot) add(drawn *plot.Plot, i int, line Line) error {
	var points plotter.XYs
	for _, point := range line.Points {
		if p.canShow(point) {
			points = append(points, plotter.XY{X: point[0], Y: point[1]})
		}
	}
	if len(points) == 0 {
		return nil
	}
	path, marks, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	path.Color, marks.Color, marks.Shape = colors()[i%len(colors())], colors()[i%len(colors())], draw.CircleGlyph{}
	path.Width = vg.Points(1.5)
	if i >= len(colors()) {
		path.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	}
	drawn.Add(path, marks)
	drawn.Legend.Add(line.Name, path, marks)
	return nil
}

// canShow leaves out what is no number, or has no logarithm.
func (p Plot) canShow(point [2]float64) bool {
	for i, value := range point {
		logarithmic := i == 0 && p.LogX || i == 1 && p.LogY
		if !finite(value) || logarithmic && value <= 0 {
			return false
		}
	}
	return true
}

// widen gives axes that no point, or only one value, has set a range that can be
// drawn, and makes room for a long legend at the right.
func (p Plot) widen(drawn *plot.Plot) {
	for _, axis := range []*plot.Axis{&drawn.X, &drawn.Y} {
		if math.IsInf(axis.Min, 0) || math.IsInf(axis.Max, 0) {
			axis.Min, axis.Max = 1, 10
		}
		if axis.Min == axis.Max {
			axis.Min, axis.Max = axis.Min/2, axis.Max*2+1
		}
	}
	const few, room = 3, 0.35
	switch {
	case len(p.Lines) <= few:
	case p.LogX:
		drawn.X.Max *= math.Pow(drawn.X.Max/drawn.X.Min, room)
	default:
		drawn.X.Max += (drawn.X.Max - drawn.X.Min) * room
	}
}
