package query

import (
	"slices"
	"testing"
)

func TestParseSearch(t *testing.T) {
	for _, tt := range []struct{ text, web, fts5 string }{
		{"beer", `"beer" `, `(("beer"))`},
		{"the beer", `"the" "beer" `, `(("beer"))`},
		{`"pale ale" -hops`, `"pale ale" -"hops" `, `(("pale ale") NOT ("hops"))`},
		{"lager OR stout", `"lager"  or "stout" `, `(("lager")) OR (("stout"))`},
		{`c++ "unclosed phrase`, `"c" "unclosed phrase" `, `(("c" AND "unclosed phrase"))`},
		{`x'); DROP TABLE posts; --`, `"x" "DROP" "TABLE" "posts" `, `(("x" AND "DROP" AND "TABLE" AND "posts"))`},
		{"the of", `"the" "of" `, `""`},
	} {
		s, err := ParseSearch(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := s.web(); got != tt.web {
			t.Errorf("%q for PostgreSQL: %s, want %s", tt.text, got, tt.web)
		}
		if got := s.fts5().match; got != tt.fts5 {
			t.Errorf("%q for SQLite: %s, want %s", tt.text, got, tt.fts5)
		}
	}
	s, err := ParseSearch(`"pale ale" hops -wine or stout`)
	if want := (fts5{
		match:      `(("pale ale" AND "hops") NOT ("wine")) OR (("stout"))`,
		titleAll:   `title : ((("pale ale" AND "hops") NOT ("wine")) OR (("stout")))`,
		titleWords: `title : ("pale ale" OR "hops" OR "stout")`,
	}); err != nil || s.fts5() != want {
		t.Errorf("for SQLite: %+v, %v; want %+v", s.fts5(), err, want)
	}
	for _, text := range []string{"", "  ", "-beer", `""`, "or", "***", "-a or -b"} {
		if _, err := ParseSearch(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	if !slices.IsSorted(stopWords) {
		t.Error("stopWords are not sorted")
	}
}
