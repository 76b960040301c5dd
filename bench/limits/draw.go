package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

// The plot, in pixels.
const (
	left, right, top, bottom = 70, 20, 60, 50
	width, height            = 760, 340
	highest                  = 50_000 // points
)

var colours = []string{"#2a78d6", "#c2410c", "#0f8a5f", "#555"}

// draw plots how many points had passed in the 20 seconds before each time.
func draw(outcomes []outcome) []byte {
	end := phases[len(phases)-1].to
	x := func(at time.Duration) float64 { return left + float64(at)/float64(end)*width }
	y := func(points int64) float64 { return top + height - float64(points)/highest*height }
	var b bytes.Buffer
	testbed.BeginPlot(&b, "What three algorithms let through", left+width+right, top+height+bottom)
	for points := int64(0); points <= highest; points += 10_000 {
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%d</text>`+"\n",
			left, y(points), left+width, left-6, y(points)+4, points)
	}
	for _, p := range phases {
		fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="#bbb" stroke-dasharray="3 3"/><text x="%.1f" y="%d">%d s: %s</text>`+"\n",
			x(p.from), top, top+height, x(p.from)+4, top+height+18, int(p.from.Seconds()), p.name)
	}
	for i, o := range outcomes {
		fmt.Fprintf(&b, `<path fill="none" stroke="%s" stroke-width="2" d="`, colours[i])
		for at := time.Duration(0); at <= end; at += 250 * time.Millisecond {
			letter := "L"
			if at == 0 {
				letter = "M"
			}
			fmt.Fprintf(&b, "%s%.1f %.1f", letter, x(at), y(o.within(at)))
		}
		fmt.Fprintf(&b, `"/><path d="M%d 20h24" stroke="%s" stroke-width="2"/><text x="%d" y="24">%s</text>`+"\n",
			left+170*i, colours[i], left+170*i+30, o.label())
	}
	fmt.Fprintf(&b, `<text x="%d" y="46">points let through in the 20 seconds before</text>`+"\n</svg>\n", left)
	return b.Bytes()
}
