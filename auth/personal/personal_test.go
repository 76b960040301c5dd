package personal

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	token := New()
	whole := token.Reveal()
	if !regexp.MustCompile(`^weft_pat_[A-Z2-7]{33}$`).MatchString(whole) {
		t.Errorf("got %s", whole)
	}
	back, err := Parse(whole)
	if err != nil || back != token {
		t.Fatalf("got another token back, %v", err)
	}
	if !strings.HasSuffix(whole, token.Hint()) || len(token.Hint()) != 4 {
		t.Errorf("hint %s", token.Hint())
	}
	other := New().Reveal()
	for _, s := range []string{
		"", "weft_pat_", whole[1:], whole[:len(whole)-1], whole + "A", strings.ToLower(whole),
		whole[:30] + other[30:], other[:20] + whole[20:], strings.Repeat("A", 1<<20),
	} {
		if _, err := Parse(s); err == nil {
			t.Errorf("%.60q is taken", s)
		}
	}
}

func TestCheckScopes(t *testing.T) {
	for names, taken := range map[string]bool{
		"": false, "read": true, "read write": true, "admin profile read write": true, "root": false, "read root": false,
	} {
		if why := CheckScopes(strings.Fields(names)); (why == "") != taken {
			t.Errorf("%q: %q", names, why)
		}
	}
}

func TestNeverPrints(t *testing.T) {
	token := New()
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("token", "token", token)
	text, err := json.Marshal(struct{ T Token }{token})
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %+v %#v %s %x %q", token, token, token, token, token, token) + log.String() + string(text)
	if strings.Contains(printed, token.body) || strings.Contains(printed, fmt.Sprintf("%x", token.body)) {
		t.Errorf("the token was printed: %s", printed)
	}
}
