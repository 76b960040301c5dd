package markup

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDepth is how deep elements may stand in each other; tags beyond it are
// dropped, their text stays.
const maxDepth = 100

// balance closes what is open and drops end tags of what is not, so that a
// fragment cannot break out of the element it is put into.
func balance(fragment string) string {
	var (
		out   strings.Builder
		stack []atom.Atom
		open  = map[atom.Atom]int{} // how often each is on the stack
	)
	out.Grow(len(fragment))
	pop := func() {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		open[top]--
		out.WriteString("</" + top.String() + ">")
	}
	tokens := html.NewTokenizer(strings.NewReader(fragment))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			for len(stack) > 0 {
				pop()
			}
			return out.String()
		case html.StartTagToken, html.SelfClosingTagToken: // a browser makes no difference
			raw := string(tokens.Raw())
			tag := tagName(tokens)
			if len(stack) > 0 && endsBefore(stack[len(stack)-1], tag) {
				pop()
			}
			switch {
			case void(tag):
				out.WriteString(raw)
			case tag != 0 && len(stack) < maxDepth:
				stack = append(stack, tag)
				open[tag]++
				out.WriteString(raw)
			}
		case html.EndTagToken:
			tag := tagName(tokens)
			if open[tag] == 0 {
				continue
			}
			for stack[len(stack)-1] != tag {
				pop()
			}
			pop()
		default:
			out.Write(tokens.Raw())
		}
	}
}

func tagName(tokens *html.Tokenizer) atom.Atom {
	name, _ := tokens.TagName()
	return atom.Lookup(name)
}

// endsBefore says whether a browser ends an open element when the next one
// starts, without an end tag.
func endsBefore(open, next atom.Atom) bool {
	switch open {
	case atom.P:
		return !inline(next)
	case atom.Li, atom.Tr:
		return next == open
	case atom.Dt, atom.Dd:
		return next == atom.Dt || next == atom.Dd
	case atom.Td, atom.Th:
		return next == atom.Td || next == atom.Th || next == atom.Tr
	}
	return false
}

func void(tag atom.Atom) bool {
	switch tag {
	case atom.Br, atom.Hr, atom.Img, atom.Wbr, atom.Col:
		return true
	}
	return false
}

// inline says whether an element stands within a line of text, so that words
// on both sides of its tags are not apart.
func inline(tag atom.Atom) bool {
	switch tag {
	case atom.A, atom.Abbr, atom.Acronym, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Br, atom.Cite, atom.Code, atom.Data,
		atom.Del, atom.Dfn, atom.Em, atom.Font, atom.I, atom.Img, atom.Ins, atom.Kbd, atom.Mark, atom.Q, atom.Rp,
		atom.Rt, atom.Ruby, atom.S, atom.Samp, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub,
		atom.Sup, atom.Time, atom.Tt, atom.U, atom.Var, atom.Wbr:
		return true
	}
	return false
}
