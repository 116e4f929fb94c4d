package report

import (
	"image/color"
	"os"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// Plot is how a cost grows: lines over a logarithmic X axis.
type Plot struct {
	Name, Title, About string
	X, Y               string
	Lines              []Line
}

// Line of a plot.
type Line struct {
	Label string
	X, Y  []float64
}

// size of a plot: as wide as a page of documentation shows it.
const (
	width  = 18 * vg.Centimeter
	height = 10 * vg.Centimeter
)

// Save writes the plot into dir as SVG.
func (p Plot) Save(dir string) error {
	canvas := plot.New()
	canvas.BackgroundColor = color.White
	canvas.Title.Text, canvas.X.Label.Text, canvas.Y.Label.Text = p.Title, p.X, p.Y
	canvas.X.Scale, canvas.X.Tick.Marker = plot.LogScale{}, plot.ConstantTicks(p.ticks())
	canvas.Y.Min = 0 // a cost that doubles should look like one that doubles
	canvas.Legend.Top, canvas.Legend.Left = true, true
	for _, style := range []*text.Style{
		&canvas.Title.TextStyle, &canvas.X.Label.TextStyle, &canvas.Y.Label.TextStyle,
		&canvas.X.Tick.Label, &canvas.Y.Tick.Label, &canvas.Legend.TextStyle,
	} {
		style.Font.Variant = "Sans"
	}
	canvas.Add(plotter.NewGrid())
	top := 0.0
	for i, line := range p.Lines {
		points := make(plotter.XYs, len(line.X))
		for j := range points {
			points[j] = plotter.XY{X: line.X[j], Y: line.Y[j]}
			top = max(top, line.Y[j])
		}
		drawn, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return err
		}
		drawn.Color, marks.Color, marks.Shape = plotutil.Color(i), plotutil.Color(i), plotutil.Shape(i)
		drawn.Width = vg.Points(1.5)
		canvas.Add(drawn, marks)
		canvas.Legend.Add(line.Label, drawn, marks)
	}
	canvas.Y.Max = top * 1.4                        // room for the legend
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // G301: documentation is for everybody
		return err
	}
	return canvas.Save(width, height, filepath.Join(dir, p.Name+".svg"))
}

// ticks are where something was measured.
func (p Plot) ticks() []plot.Tick {
	var ticks []plot.Tick
	seen := map[float64]bool{}
	for _, line := range p.Lines {
		for _, x := range line.X {
			if !seen[x] {
				seen[x] = true
				ticks = append(ticks, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'f', -1, 64)})
			}
		}
	}
	return ticks
}
