package input

import "testing"

func TestBlank(t *testing.T) {
	for _, s := range []string{
		"", " \t\n", "\u200b", "\u200d\u200c\ufeff", "\u00a0\u2003\u3000", "\u2060\u2061", "\u00ad", "\u034f", "\u115f\u1160",
		"\u3164", "\uffa0", "\u2800", "\u180e", "\ufe0f", "\u202e\u2066", "\U000e0041", "\u2028\u2029",
	} {
		if !blank(s) {
			t.Errorf("%+q shows something", s)
		}
	}
	for _, s := range []string{"a", "\u200bä\u200b", "日", "🙂", "👩\u200d💻", ".", "\u0301"} {
		if blank(s) {
			t.Errorf("%+q shows nothing", s)
		}
	}
}
