//go:build linux

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"slices"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

// chart is bars of one unit under one another.
type chart struct {
	title string
	parts []string // what a bar is made of
	bars  []bar
}

type bar struct {
	name   string
	values []float64 // of each part
	note   string    // behind the bar
}

// processors is a bar of the CPU of one request, in microseconds.
func processors(name, note string, f testbed.Figures) bar {
	return bar{name, []float64{micros(f.ServerCPU), micros(f.DataCPU)}, note}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// whose are the parts of such a bar.
var whose = []string{"server", "PostgreSQL"}

func (b bar) length() (sum float64) {
	for _, v := range b.values {
		sum += v
	}
	return sum
}

// The plot, in pixels.
const (
	names, longest, notes = 270, 400, 200 // across
	line, gap             = 22, 30        // down
)

var colours = []string{"#2a78d6", "#c2410c"}

// draw plots the charts under one another, the longest bar of each as long as
// there is room.
func draw(charts []chart) []byte {
	height := gap
	for _, c := range charts {
		height += line*(len(c.bars)+1) + gap
	}
	var b bytes.Buffer
	testbed.BeginPlot(&b, "What the caches bring", names+longest+notes, height)
	y := gap
	for _, c := range charts {
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", names, y, html.EscapeString(c.title))
		if len(c.parts) > 1 {
			for i, part := range c.parts {
				x := names + longest + 20 + 80*i
				fmt.Fprintf(&b, `<rect x="%d" y="%d" width="12" height="12" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
					x, y-11, colours[i], x+17, y, html.EscapeString(part))
			}
		}
		most := slices.MaxFunc(c.bars, func(a, b bar) int { return cmp.Compare(a.length(), b.length()) }).length()
		for _, of := range c.bars {
			y += line
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, names-8, y, html.EscapeString(of.name))
			x := float64(names)
			for i, v := range of.values {
				width := v / most * longest
				fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="15" fill="%s"/>`, x, y-12, width, colours[i])
				x += width
			}
			fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.0f%s</text>`+"\n", x+6, y, of.length(), html.EscapeString(of.note))
		}
		y += line + gap
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
