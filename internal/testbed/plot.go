package testbed

import (
	"bytes"
	"fmt"
)

// BeginPlot writes the head of a plot of so many pixels, an SVG with a white
// ground, which "</svg>" ends. The title is XML.
func BeginPlot(b *bytes.Buffer, title string, width, height int) {
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n"+
		`<title>%s</title><rect width="100%%" height="100%%" fill="#fff"/>`+"\n", width, height, title)
}
