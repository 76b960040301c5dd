package seed

import (
	"strconv"
	"strings"
)

// writer writes Markdown, and beside it the same without mark-up, which is
// what markup.Text makes of it: reading a million bodies back would take
// longer than all else.
type writer struct {
	*random
	topic      *topic
	last       int // of the topic's things, that the text spoke of
	body, text strings.Builder
}

// block begins a paragraph or the like; prefix is Markdown's mark for it.
func (w *writer) block(separator, prefix string) {
	if w.body.Len() > 0 {
		w.body.WriteString(separator)
		w.text.WriteByte(' ')
	}
	w.body.WriteString(prefix)
}

// say writes plain words.
func (w *writer) say(s string) {
	w.body.WriteString(s)
	w.text.WriteString(s)
}

// marked writes words between marks.
func (w *writer) marked(before, s, after string) {
	w.body.WriteString(before)
	w.say(s)
	w.body.WriteString(after)
}

func (w *writer) article() {
	w.paragraph(statements, w.between(2, 4))
	for range min(w.heavy(4), 6) - 1 {
		w.section()
	}
	if w.chance(40) {
		w.paragraph(questions, w.between(1, 2))
	}
}

func (w *writer) answer() {
	w.paragraph(answers, 1)
	if w.chance(60) {
		w.paragraph(statements, w.between(1, 4))
	}
	if w.chance(20) {
		w.section()
	}
}

// remark writes a comment, which has no mark-up.
func (w *writer) remark() {
	for i := range min(w.heavy(3), 3) {
		if i > 0 {
			w.say(" ")
		}
		w.say(w.sentence(remarks))
	}
}

// section writes one of the forms that a body is made of.
func (w *writer) section() {
	switch x := w.below(100); {
	case x < 45:
		w.paragraph(statements, w.between(2, 5))
	case x < 60:
		w.block("\n\n", "## ")
		w.say(pick(w.random, headings))
		w.paragraph(statements, w.between(2, 4))
	case x < 75:
		w.list()
	case x < 85:
		w.block("\n\n", "> ")
		w.say(w.sentence(statements))
		w.paragraph(statements, w.between(1, 3))
	case len(w.topic.code) > 0:
		w.code()
	default:
		w.paragraph(statements, w.between(1, 2))
	}
}

// paragraph writes sentences, some with emphasis or a link.
func (w *writer) paragraph(patterns []string, sentences int) {
	w.block("\n\n", "")
	for i := range sentences {
		if i > 0 {
			w.say(" ")
		}
		switch x := w.below(100); {
		case x < 84:
			w.say(w.sentence(patterns))
		case x < 90:
			w.marked("**", w.sentence(patterns), "**")
		case x < 94:
			w.marked("*", w.sentence(patterns), "*")
		default:
			w.say("See ")
			w.marked("[", w.thing(), "](https://example.org/"+w.topic.tags[0]+"/"+strconv.Itoa(w.below(10000))+")")
			w.say(".")
		}
	}
}

func (w *writer) list() {
	numbered := w.chance(40)
	for i := range w.between(3, 6) {
		separator, prefix := "\n", "- "
		if numbered {
			prefix = strconv.Itoa(i+1) + ". "
		}
		if i == 0 {
			separator = "\n\n"
		}
		w.block(separator, prefix)
		w.say(w.sentence(statements))
	}
}

func (w *writer) code() {
	w.block("\n\n", "```"+w.topic.syntax)
	first := w.below(len(w.topic.code))
	for i, line := range w.topic.code[first:min(first+5, len(w.topic.code))] {
		w.body.WriteByte('\n')
		w.body.WriteString(line)
		if i > 0 {
			w.text.WriteByte(' ')
		}
		w.text.WriteString(strings.TrimSpace(line))
	}
	w.body.WriteString("\n```")
}

// title writes the title of a post.
func title(r *random, t *topic) string {
	w := writer{random: r, topic: t}
	return w.sentence(titles)
}

// sentence fills in one of the patterns and begins it with a capital.
func (w *writer) sentence(patterns []string) string {
	out := make([]byte, 0, 128)
	pattern := pick(w.random, patterns)
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		out = append(out, before...)
		if !ok {
			break
		}
		word := w.word(rest[0])
		if n := len(out); n >= 2 && (out[n-2] == 'a' || out[n-2] == 'A') && (n == 2 || out[n-3] == ' ') && strings.IndexByte("aeiou", word[0]) >= 0 {
			out = append(out[:n-1], 'n', ' ')
		}
		out = append(out, word...)
		pattern = rest[2:]
	}
	if c := out[0]; 'a' <= c && c <= 'z' {
		out[0] = c - 'a' + 'A'
	}
	return string(out)
}

// thing returns another than the last one.
func (w *writer) thing() string {
	next := w.below(len(w.topic.things) - 1)
	if next >= w.last {
		next++
	}
	w.last = next
	return w.topic.things[next]
}

func (w *writer) word(kind byte) string {
	switch kind {
	case 't':
		return w.thing()
	case 'v':
		return pick(w.random, w.topic.verbs).base
	case 'g':
		return pick(w.random, w.topic.verbs).gerund
	case 'p':
		return pick(w.random, w.topic.verbs).past
	case 'a':
		return pick(w.random, adjectives)
	case 'w':
		return pick(w.random, times)
	case 'l':
		return pick(w.random, places)
	default:
		return strconv.Itoa(w.between(2, 12))
	}
}
