package query

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// Search is a text to search for, as people type it into a search box: words
// that must all occur, "words that follow each other", -words that must not
// occur, and or between alternatives. Anything else is a word or is ignored; no
// text is a syntax error.
type Search struct {
	alternatives [][]term
}

type term struct {
	words  []string // more than one for a phrase
	absent bool
}

// ErrNothingToFind is the error for a text without a word that must occur.
var ErrNothingToFind = errors.New("needs at least one word to look for, not only words to leave out")

// ParseSearch reads the text.
func ParseSearch(text string) (Search, error) {
	var s Search
	var current []term
	for text != "" {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		if text == "" {
			break
		}
		var t term
		if text[0] == '-' {
			t.absent, text = true, text[1:]
		}
		var raw string
		quoted := strings.HasPrefix(text, `"`)
		if quoted {
			raw, text, _ = strings.Cut(text[1:], `"`)
		} else {
			end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
			if end < 0 {
				end = len(text)
			}
			raw, text = text[:end], text[end:]
		}
		if !quoted && !t.absent && strings.EqualFold(raw, "or") {
			s.add(current)
			current = nil
			continue
		}
		t.words = strings.FieldsFunc(raw, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
		if len(t.words) > 0 {
			current = append(current, t)
		}
	}
	s.add(current)
	if len(s.alternatives) == 0 {
		return s, ErrNothingToFind
	}
	return s, nil
}

// add keeps an alternative that has a word that must occur.
func (s *Search) add(terms []term) {
	if slices.ContainsFunc(terms, func(t term) bool { return !t.absent }) {
		s.alternatives = append(s.alternatives, terms)
	}
}

// web writes the search for PostgreSQL's websearch_to_tsquery.
func (s Search) web() string {
	var b strings.Builder
	for i, terms := range s.alternatives {
		if i > 0 {
			b.WriteString(" or ")
		}
		for _, t := range terms {
			if t.absent {
				b.WriteByte('-')
			}
			b.WriteString(`"` + strings.Join(t.words, " ") + `" `)
		}
	}
	return b.String()
}

// fts5 is a search in the form that SQLite needs.
type fts5 struct {
	match      string // the whole condition
	titleAll   string // the condition holds within the title
	titleWords string // a word or phrase of it is in the title
}

// fts5 writes the search for SQLite. It leaves out the words that PostgreSQL's
// English configuration ignores, so that both stores find the same posts.
func (s Search) fts5() fts5 {
	var alternatives, words []string
	for _, terms := range s.alternatives {
		must, not := phrases(terms, false), phrases(terms, true)
		if len(must) == 0 {
			continue
		}
		words = append(words, must...)
		alternative := "(" + strings.Join(must, " AND ") + ")"
		if len(not) > 0 {
			alternative += " NOT (" + strings.Join(not, " OR ") + ")"
		}
		alternatives = append(alternatives, "("+alternative+")")
	}
	if len(alternatives) == 0 {
		// An empty phrase is valid and finds nothing.
		return fts5{`""`, `""`, `""`}
	}
	match := strings.Join(alternatives, " OR ")
	return fts5{match, "title : (" + match + ")", "title : (" + strings.Join(words, " OR ") + ")"}
}

// phrases returns, in quotes, the terms that must not occur if absent is set,
// and otherwise those that must.
func phrases(terms []term, absent bool) []string {
	var quoted []string
	for _, t := range terms {
		words := slices.DeleteFunc(slices.Clone(t.words), func(w string) bool {
			_, stop := slices.BinarySearch(stopWords, strings.ToLower(w))
			return stop
		})
		if t.absent == absent && len(words) > 0 {
			quoted = append(quoted, `"`+strings.Join(words, " ")+`"`)
		}
	}
	return quoted
}

// stopWords are the English words without a meaning of their own, as in
// PostgreSQL's english configuration, sorted.
var stopWords = strings.Fields(`a about above after again against all am an and any are as at be because been
before being below between both but by can did do does doing don down during each few for from further had has have
having he her here hers herself him himself his how i if in into is it its itself just me more most my myself no nor not
now of off on once only or other our ours ourselves out over own s same she should so some such t than that the their
theirs them themselves then there these they this those through to too under until up very was we were what when where
which while who whom why will with you your yours yourself yourselves`)
