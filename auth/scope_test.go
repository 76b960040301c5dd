package auth_test

import (
	"strings"
	"testing"

	"github.com/weftql/weft/auth"
)

func TestScopes(t *testing.T) {
	s, err := auth.ParseScopes(" write  read write ")
	if err != nil || s != "read write" {
		t.Fatalf("got %q, %v", s, err)
	}
	if all, err := auth.ParseScopes(string(auth.AllScopes)); err != nil || all != auth.AllScopes {
		t.Errorf("AllScopes is not in its own form: %q, %v", all, err)
	}
	for name, want := range map[string]bool{"read": true, "write": true, "rea": false, "": false, "read write": false} {
		if s.Has(name) != want {
			t.Errorf("Has(%q) = %v", name, !want)
		}
	}
	for _, tt := range []struct {
		alternatives [][]string
		want         bool
	}{
		{nil, false}, {[][]string{}, false}, {[][]string{{"read"}}, true}, {[][]string{{"admin"}}, false},
		{[][]string{{"read", "admin"}}, false}, {[][]string{{"read", "write"}}, true},
		{[][]string{{"admin"}, {"write"}}, true}, {[][]string{{}}, true},
	} {
		if got := s.Satisfies(tt.alternatives); got != tt.want {
			t.Errorf("%v: got %v", tt.alternatives, got)
		}
	}
	for _, bad := range []string{"read\x00", "a\"b", `a\b`, "é", strings.Repeat("a", 2_000)} {
		if _, err := auth.ParseScopes(bad); err == nil {
			t.Errorf("%.20q is taken", bad)
		}
	}
}
