//go:build linux

package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/weftql/weft/internal/testbed"
)

// The plot, in pixels: a square of four decades each way, from 10 to 100,000.
const (
	side, margin = 560, 60
	decades      = 4
)

// draw plots what operations used over their prices, both logarithmic, with the
// lines of a factor of two.
func draw(samples []sample) []byte {
	at := func(v float64) float64 {
		return min(max((math.Log10(v)-1)/decades, 0), 1) * side
	}
	x := func(v float64) float64 { return margin + at(v) }
	y := func(v float64) float64 { return margin/2 + side - at(v) }
	var b bytes.Buffer
	testbed.BeginPlot(&b, "Price and use of operations", side+2*margin, side+2*margin-margin/2)
	for d := 1; d <= decades+1; d++ {
		v := math.Pow10(d)
		fmt.Fprintf(&b, `<path d="M%.0f %.0fV%.0fM%.0f %.0fH%.0f" stroke="#ddd"/><text x="%.0f" y="%.0f" text-anchor="middle">%.0f</text><text x="%.0f" y="%.0f" text-anchor="end">%.0f</text>`+"\n",
			x(v), y(10), y(1e5), x(10), y(v), x(1e5), x(v), y(10)+18, v, x(10)-6, y(v)+4, v)
	}
	for _, factor := range []float64{1, within, 1.0 / within} {
		dash := ""
		if factor != 1 {
			dash = ` stroke-dasharray="5 4"`
		}
		from, to := max(10, 10/factor), min(1e5, 1e5/factor)
		fmt.Fprintf(&b, `<path d="M%.1f %.1fL%.1f %.1f" stroke="#888"%s/>`+"\n", x(from), y(from*factor), x(to), y(to*factor), dash)
	}
	for _, s := range samples {
		colour := "#2a78d6"
		if !s.generated() {
			colour = "#c2410c"
		}
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s" fill-opacity=".7"><title>%s: %.0f points, %.0f µs</title></circle>`+"\n",
			x(s.actual), y(s.used), colour, s.name, s.actual, s.used)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">points that it did cost</text>`, margin+side/2, side+margin+10)
	fmt.Fprintf(&b, `<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">microseconds of CPU, server and PostgreSQL</text>`+"\n", margin/2+side/2)
	for i, l := range []struct{ colour, text string }{{"#c2410c", "examples and benchmark"}, {"#2a78d6", "generated"}} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="4" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n", margin+16, margin/2+18+20*i, l.colour, margin+26, margin/2+22+20*i, l.text)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// generated reports whether nobody wrote the operation.
func (s sample) generated() bool { return strings.HasPrefix(s.name, "random") }
