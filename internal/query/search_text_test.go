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
		if got := s.fts5(); got != tt.fts5 {
			t.Errorf("%q for SQLite: %s, want %s", tt.text, got, tt.fts5)
		}
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
