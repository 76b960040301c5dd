package markup

import (
	"strings"

	"github.com/yuin/goldmark/parser"
)

// The parser takes time in the square of brackets inside each other, of links
// without an end and emphasis marks between two blank lines, and of quotes and
// lists inside each other. Nobody writes texts beyond these numbers; a post that has them is
// shown as it was typed. What a test's worst texts take is a small multiple of
// what ordinary texts of that length do.
const (
	maxMarks   = 2000 // emphasis marks between two blank lines
	maxNesting = 20   // quotes and list items opened on one line

	// Of the whole text, in addition to a part of its length.
	freeBrackets = 10_000 // for each bracket, how many like it are open before it
	freeNesting  = 200    // quotes and list items inside others, line by line

	// flatIndent is how far a nested list is indented at no cost, in columns.
	flatIndent = 8
)

// tangled says whether body exceeds a limit somewhere.
func tangled(body string) bool {
	marks, open, targets := 0, 0, 0 // targets are those of links, "](", not ended by ")"
	brackets, nested := freeBrackets+2*len(body), freeNesting+len(body)/20
	for line := range strings.Lines(body) {
		if strings.TrimSpace(line) == "" {
			marks, open, targets = 0, 0, 0
			continue
		}
		marks += strings.Count(line, "*") + strings.Count(line, "_")
		for i := range len(line) {
			switch line[i] {
			case '[':
				open++
				brackets -= open
			case ']':
				open = max(open-1, 0)
				brackets -= open
			case '(':
				if i > 0 && (line[i-1] == ']' || line[i-1] == '(') {
					targets++
					brackets -= targets
				}
			case ')':
				targets = max(targets-1, 0)
			}
		}
		n, inside := nesting(line)
		nested -= inside
		if marks > maxMarks || brackets < 0 || n > maxNesting || nested < 0 {
			return true
		}
	}
	return false
}

// nesting counts what may open a quote or a list item at the start of a line,
// and how many of them stand inside others, by their number or by how far the
// line is indented.
func nesting(line string) (opened, inside int) {
	if strings.Trim(line, "- \t\n") == "" || strings.Trim(line, "* \t\n") == "" {
		return 0, 0 // a rule, however long
	}
	indent := 0
	for _, r := range line {
		switch {
		case r == '>' || r == '-' || r == '+' || r == '*' || r == '.' || r == ')':
			opened++
		case r == ' ' && opened == 0:
			indent++
		case r == '\t' && opened == 0:
			indent += 4
		case r == ' ' || r == '\t' || '0' <= r && r <= '9':
		default:
			if opened > 0 {
				inside = opened - 1 + max(indent-flatIndent, 0)/2
			}
			return opened, inside
		}
	}
	return opened, max(opened-1, 0)
}

// maxGrowth is how many times longer than its source HTML may be, beside a
// constant: what a link or a list item takes around a few characters.
const maxGrowth = 8

// grown says whether rendering made too much of a text.
func grown(html, body string) bool { return len(html) > maxGrowth*len(body)+10_000 }

// references lets a document repeat the addresses that it defines once only so
// often: without it, a few bytes of text expand to many.
type references struct {
	parser.Context
	budget int // bytes
}

func newReferences(body string) *references {
	return &references{Context: parser.NewContext(), budget: max(len(body), 100_000)}
}

// Reference implements parser.Context.
func (r *references) Reference(label string) (parser.Reference, bool) {
	ref, ok := r.Context.Reference(label)
	if !ok {
		return nil, false
	}
	r.budget -= len(ref.Destination()) + len(ref.Title())
	return ref, r.budget >= 0
}
