package personal

import "testing"

func FuzzParse(f *testing.F) {
	f.Add(New().Reveal())
	f.Add("weft_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		token, err := Parse(s)
		if err == nil && token.Reveal() != s {
			t.Errorf("%q is read as %q", s, token.Reveal())
		}
	})
}
