package markup

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestHTML(t *testing.T) {
	const md, htm = FormatMarkdown, FormatHTML
	for name, tt := range map[string]struct {
		format     Format
		body, want string
	}{
		"Markdown":          {md, "# Hi\n\n*a* **b** `c<d` [x](/y)", `<h1>Hi</h1>` + "\n" + `<p><em>a</em> <strong>b</strong> <code>c&lt;d</code> <a href="/y" rel="nofollow">x</a></p>` + "\n"},
		"CodeLanguage":      {md, "```go\nx := 1\n```", "<pre><code class=\"language-go\">x := 1\n</code></pre>\n"},
		"HTMLInMarkdown":    {md, "press <kbd>Q</kbd>", "<p>press <kbd>Q</kbd></p>\n"},
		"LinkOut":           {htm, `<a href="https://a.example/">x</a>`, `<a href="https://a.example/" rel="nofollow noopener" target="_blank">x</a>`},
		"LinkOwnTarget":     {htm, `<a href="https://a.example/" rel="opener" target="x">x</a>`, `<a href="https://a.example/" rel="nofollow noopener" target="_blank">x</a>`},
		"Image":             {htm, `<img src="https://a.example/b.png" alt="a: b" onerror=alert(1)>`, `<img src="https://a.example/b.png" alt="a: b">`},
		"Entities":          {htm, `R&amp;D &lt;3`, `R&amp;D &lt;3`},
		"Script":            {htm, `a<script>alert(1)</script>b`, `ab`},
		"ScriptInMarkdown":  {md, "a\n\n<script>alert(1)</script>\n\nb", "<p>a</p>\n\n<p>b</p>\n"},
		"ScriptCut":         {htm, `<scr<script>ipt>alert(1)</scr</script>ipt>`, `ipt&gt;alert(1)ipt&gt;`},
		"ScriptUnclosed":    {htm, `a<script>alert(1)`, `a`},
		"Style":             {htm, `<style>*{display:none}</style><p style="position:fixed">a</p>`, `<p>a</p>`},
		"Frame":             {htm, `a<iframe src="//evil.example"></iframe>b`, `ab`},
		"SVG":               {htm, `<svg/onload=alert(1)><svg><animate onbegin=alert(1)>`, ``},
		"MathTrick":         {htm, `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`, `<table></table>`},
		"Handler":           {htm, `<p onclick="alert(1)" ONMOUSEOVER=alert(2)>a</p>`, `<p>a</p>`},
		"JavaScriptURL":     {htm, `<a href="javascript:alert(1)">a</a>`, `a`},
		"JavaScriptEntity":  {htm, `<a href="jav&#x09;ascript:alert(1)">a</a>`, `a`},
		"JavaScriptCase":    {htm, "<a href=\" \x01JaVaScRiPt:alert(1)\">a</a>", `a`},
		"JavaScriptInMD":    {md, "[a](javascript:alert(1)) <javascript:alert(1)>", "<p>a javascript:alert(1)</p>\n"},
		"DataURL":           {htm, `<a href="data:text/html,<script>alert(1)</script>">a</a><img src="data:image/svg+xml,x">`, `a`},
		"Form":              {htm, `<form action="//evil.example"><input name=p type=password><button>ok</button></form>`, `ok`},
		"IDs":               {htm, `<p id="config" name="x" class="admin">a</p>`, `<p>a</p>`},
		"Meta":              {htm, `<meta http-equiv=refresh content="0;url=//evil.example"><base href="//evil.example">a`, `a`},
		"Comment":           {htm, `a<!-- <script>alert(1)</script> --><![CDATA[x]]>b`, `ab`},
		"AttributeBreakout": {md, `[a](/x "t\" onclick=\"alert(1)")`, `<p><a href="/x" title="t&#34; onclick=&#34;alert(1)" rel="nofollow">a</a></p>` + "\n"},
		"BreakOut":          {htm, `</div></article></p>a</body>`, `a`},
		"Unclosed":          {htm, `<ul><li>a<li><b>b`, `<ul><li>a</li><li><b>b</b></li></ul>`},
		"Misnested":         {htm, `<b>a<i>b</b>c</i>`, `<b>a<i>b</i></b>c`},
		"Paragraphs":        {htm, `<p>a<br>b<p>c<ul><li>d</ul>`, `<p>a<br>b</p><p>c</p><ul><li>d</li></ul>`},
		"SelfClosed":        {htm, `<div/>a<br/>b`, `<div/>a<br/>b</div>`},
		"InvalidUTF8":       {htm, "a\xffb\x00c", "a\uFFFDb\uFFFDc"},
		"Empty":             {md, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, HTML(tt.format, tt.body)); diff != "" {
				t.Errorf("HTML(%q) (-want +got):\n%s", tt.body, diff)
			}
		})
	}
}

func TestText(t *testing.T) {
	for name, tt := range map[string]struct {
		format     Format
		body, want string
	}{
		"Markdown":   {FormatMarkdown, "# Title\n\nOne *two*\nthree.\n\n- four\n- five", "Title One two three. four five"},
		"Entities":   {FormatHTML, "<p>R&amp;D &lt;3 &eacute;&nbsp;&#128077;</p>", "R&D <3 é 👍"},
		"Twice":      {FormatHTML, "&amp;lt;b&amp;gt;", "&lt;b&gt;"},
		"Inline":     {FormatHTML, "un<b>believ</b>able<br>yes<p>no</p>", "unbelievable yes no"},
		"Hidden":     {FormatHTML, "a<script>x</script><style>y</style><!-- z --><title>t</title>b", "ab"},
		"Table":      {FormatHTML, "<table><tr><td>a<td>b<tr><td>c</table>", "a b c"},
		"WhiteSpace": {FormatHTML, " \n a \t\u00a0\u2003 b \x1b[31m ", "a b [31m"},
		"Empty":      {FormatHTML, "<p> </p>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Text(tt.format, tt.body); got != tt.want {
				t.Errorf("Text(%q) = %q, want %q", tt.body, got, tt.want)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	for name, tt := range map[string]struct{ body, want string }{
		"Short":     {"<p>a</p> <p>b</p>", "a b"},
		"Exact":     {strings.Repeat("é", 200), strings.Repeat("é", 200)},
		"Long":      {strings.Repeat("é", 201), strings.Repeat("é", 200)},
		"Space":     {strings.Repeat("a", 199) + " b", strings.Repeat("a", 199)},
		"Combining": {strings.Repeat("a", 199) + "e\u0301x", strings.Repeat("a", 199)},
		"Family":    {strings.Repeat("a", 198) + "👩‍👩‍👧x", strings.Repeat("a", 198)},
		"Stacked":   {"a" + strings.Repeat("\u0301", 500), "a" + strings.Repeat("\u0301", 199)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Excerpt(FormatHTML, tt.body); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestHostileSize renders input that is small to send and meant to be dear to
// parse. Without the limits some of it takes minutes or gigabytes.
func TestHostileSize(t *testing.T) {
	for name, unit := range map[string]string{
		"Brackets":        "[",
		"BracketPairs":    "[a](",
		"BracketBlocks":   strings.Repeat("[a](", 1000) + "\n\n",
		"BracketAngles":   strings.Repeat("[a](<b", 1000) + "\n\n",
		"Marks":           "*a_ ",
		"MarkBlocks":      strings.Repeat("*a_ ", maxMarks/2) + "\n\n",
		"Quotes":          ">",
		"QuoteLines":      strings.Repeat("> ", maxNesting) + "a\n\n",
		"Lists":           "1. ",
		"ListLines":       strings.Repeat("1. ", maxNesting) + "a\n",
		"ListBlocks":      strings.Repeat("+ ", maxNesting) + "a\n\n",
		"Definitions":     "[a]: b\n",
		"DefinitionGroup": strings.Repeat("[a]: b\n", 1000) + "\n",
		"Backticks":       "e`e``e```",
		"Elements":        "<div><b><p>",
		"Attributes":      "<a href=x ",
		"Comments":        "<!--",
		"Spaces":          " \t",
	} {
		size := 160_000
		if len(unit) > 20 { // just within the limits, again and again
			size = 40_000
		}
		for _, format := range []Format{FormatMarkdown, FormatHTML} {
			t.Run(name+string(format), func(t *testing.T) {
				got := HTML(format, strings.Repeat(unit, size/len(unit)))
				if len(got) > 30*size {
					t.Errorf("%d bytes became %d", size, len(got))
				}
			})
		}
	}
	t.Run("References", func(t *testing.T) {
		const size = 160_000
		body := "[a]: /" + strings.Repeat("x", size/2) + "\n" + strings.Repeat("\n[a]", size/10)
		if got := HTML(FormatMarkdown, body); len(got) > 30*size {
			t.Errorf("%d bytes became %d", len(body), len(got))
		}
	})
}

func Fuzz(f *testing.F) {
	for _, seed := range []string{
		"# a\n\n*b* [c](javascript:d)\n\n[e]: f", "<script>a</script>", "<scr<script>ipt>", "<p>a<b>c</p>d</b>",
		"<a href='x\" onclick=y'>", "&lt;script&gt;", "<svg><style><!--</style><script>", "```\n<script\n```", "a\xff\x00",
		"<plaintext><script>", "<noscript><p title=\"</noscript><script>\">", "👩‍👩‍👧",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, format := range []Format{FormatMarkdown, FormatHTML} {
			out := HTML(format, body)
			lower := strings.ToLower(out)
			for _, bad := range []string{"<script", "<style", "<iframe", "<svg", "<plaintext", "\x00"} {
				if strings.Contains(lower, bad) {
					t.Errorf("output holds %q: %q", bad, out)
				}
			}
			if !utf8.ValidString(out) {
				t.Errorf("output is not UTF-8: %q", out)
			}
			if again := balance(policy.Sanitize(out)); again != out {
				t.Errorf("sanitising again changes %q to %q", out, again)
			}
			excerpt := Excerpt(format, body)
			if !utf8.ValidString(excerpt) || utf8.RuneCountInString(excerpt) > excerptLength {
				t.Errorf("excerpt is too long or not UTF-8: %q", excerpt)
			}
			if !strings.HasPrefix(Text(format, body), excerpt) {
				t.Errorf("excerpt %q is not the start of the text", excerpt)
			}
		}
	})
}

func Benchmark(b *testing.B) {
	for name, body := range map[Format]string{
		FormatMarkdown: strings.Repeat("A line of *text* with a [link](https://a.example/) & `code`.\n\n- item\n", 40),
		FormatHTML:     strings.Repeat("<p>A line of <em>text</em> with a <a href=\"https://a.example/\">link</a> &amp; <code>code</code>.</p>", 40),
	} {
		b.Run("HTML/"+string(name), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				HTML(name, body)
			}
		})
		b.Run("Excerpt/"+string(name), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				Excerpt(name, body)
			}
		})
	}
}
