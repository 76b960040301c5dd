package markup

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// hostile are texts of 40,000 characters that are meant to be dear.
func hostile() map[string]string {
	rep := strings.Repeat
	fill := func(unit string) string { return rep(unit, 40_000/len(unit)) }
	grow := func(line func(i int) string) string {
		var b strings.Builder
		for i := 0; b.Len() < 38_000; i++ {
			b.WriteString(line(i))
		}
		return b.String()
	}
	return map[string]string{
		"plain":      fill("word "),
		"br1000":     fill(rep("[", 1000) + rep("]", 1000) + "\n\n"),
		"br200":      fill(rep("[", 200) + rep("]", 200) + "\n\n"),
		"br100":      fill(rep("[", 100) + rep("]", 100) + "\n\n"),
		"br50":       fill(rep("[", 50) + rep("]", 50) + "\n\n"),
		"emph2000":   fill(rep("*a **b ", 400) + "\n\n"),
		"emph400":    fill(rep("*a **b ", 130) + "\n\n"),
		"quote50":    fill(rep("> ", 50) + "x\n"),
		"quote20":    fill(rep("> ", 20) + "x\n"),
		"list50":     fill(rep("- ", 50) + "x\n"),
		"nestlist":   grow(func(i int) string { return rep(" ", (i%100)*2) + "- x\n" }),
		"deeplist":   grow(func(i int) string { return rep(" ", i*2) + "- x\n" }),
		"backticks":  grow(func(i int) string { return rep("`", i+1) + "x " }),
		"links":      fill("[a]("),
		"links2":     fill("[a](<"),
		"links3":     fill("[a](b \"c"),
		"tags":       fill("<a "),
		"comments":   fill("<!-- "),
		"pi":         fill("<?x "),
		"cdata":      fill("<![CDATA["),
		"refs":       grow(func(i int) string { return fmt.Sprintf("[%d]: /%d\n", i, i) }),
		"defs":       fill("[a]: b\n"),
		"refuse":     "[a]: /" + rep("x", 10000) + "\n\n" + fill("[a] ")[:29000],
		"lines":      fill("a\n"),
		"blank":      fill("\n"),
		"setext":     fill("a\n=\n"),
		"tabs":       fill("\t- x\n"),
		"entity":     fill("&amp;"),
		"escape":     fill("\\*"),
		"bangs":      fill("!["),
		"autolink":   fill("<http://a.b> "),
		"htmldeep":   fill("<div>"),
		"htmldeep2":  fill("<b><i>"),
		"htmlp":      fill("<p>"),
		"attrs":      "<a " + fill("x=y ") + ">x</a>",
		"attrs2":     fill("<a href=x title=y>"),
		"fences":     fill("```\n"),
		"tables":     fill("|a|b|\n|-|-|\n"),
		"table2":     rep("|a", 500) + "\n" + rep("|-", 500) + "\n" + rep("|a|\n", 9000),
		"underscore": fill("_a_b"),
		"brmix":      fill("[![[a](b)](c)"),
		"closeonly":  fill("]"),
		"mixlist":    fill("1. > - "),
		"mixlist2":   fill("1. > - x\n"),
		"quotelazy":  rep("> ", 49) + "x\n" + fill("y\n")[:39000],
		"quotelazy2": fill(rep(">", 49) + "x\ny\ny\ny\ny\n"),
		"listcont":   rep("- ", 49) + "x\n" + fill(rep(" ", 98) + "y\n\n")[:39000],
		"nul":        fill("\x00"),
		"ampersand":  fill("&#"),
		"lt":         fill("<"),
		"ltbang":     fill("<!a "),
		"parens":     "[a](" + fill("(")[:39000],
		"parens2":    fill("[a](((((((((((("),
		"titles":     fill("[a](b '"),
		"heading":    fill("# "),
		"hashes":     fill("#a #\n"),
		"dash":       fill("- - - -\n"),
		"strongs":    fill("**a"),
		"stars":      fill("*"),
		"starsp":     fill("* a *"),
	}
}

// TestHostileCost renders texts that are meant to be dear. Without the limits
// some take twenty times and more what an ordinary one of that length does.
func TestHostileCost(t *testing.T) {
	cost := func(format Format, body string) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			Render(format, body)
			best = min(best, time.Since(start))
		}
		return best
	}
	ordinary := cost(FormatMarkdown, strings.Repeat("The *quick* brown [fox](http://example.org/x) jumps over `code` and **strong** text, as it does.\n\n- item one\n- item two\n\n", 300))
	// Most are at 3 times and less. Others work on this machine too.
	const limit = 12
	for name, body := range hostile() {
		for _, format := range []Format{FormatMarkdown, FormatHTML} {
			took := cost(format, body)
			t.Logf("%.1f times an ordinary text: %s as %s", float64(took)/float64(ordinary), name, format)
			if took > limit*ordinary {
				t.Errorf("%s as %s takes %v, an ordinary text %v", name, format, took, ordinary)
			}
		}
	}
}
