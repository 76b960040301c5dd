package refresh

import "testing"

func FuzzParse(f *testing.F) {
	f.Add(New().Reveal())
	f.Add("weft_rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		token, err := Parse(s)
		if err == nil && token.Reveal() != s {
			t.Errorf("%q is read as %q", s, token.Reveal())
		}
	})
}
