package markup

import (
	"strings"

	"github.com/yuin/goldmark/parser"
)

// The parser takes time in the square of these: brackets and emphasis marks
// between two blank lines, and quotes or lists opened on one line. Nobody
// writes texts beyond these numbers; a post that has them is shown as it was
// typed.
const (
	maxBrackets = 1000
	maxMarks    = 2000
	maxNesting  = 50
)

// tangled says whether body exceeds a limit somewhere.
func tangled(body string) bool {
	brackets, marks := 0, 0
	for line := range strings.Lines(body) {
		if strings.TrimSpace(line) == "" {
			brackets, marks = 0, 0
			continue
		}
		brackets += strings.Count(line, "[")
		marks += strings.Count(line, "*") + strings.Count(line, "_")
		if brackets > maxBrackets || marks > maxMarks || nesting(line) > maxNesting {
			return true
		}
	}
	return false
}

// nesting counts what may open a quote or a list item at the start of a line.
func nesting(line string) int {
	if strings.Trim(line, "- \t\n") == "" || strings.Trim(line, "* \t\n") == "" {
		return 0 // a rule, however long
	}
	n := 0
	for _, r := range line {
		switch {
		case r == '>' || r == '-' || r == '+' || r == '*' || r == '.' || r == ')':
			n++
		case r == ' ' || r == '\t' || '0' <= r && r <= '9':
		default:
			return n
		}
	}
	return n
}

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
