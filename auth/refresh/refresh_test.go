package refresh

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestToken(t *testing.T) {
	token := New()
	back, err := Parse(token.Reveal())
	if err != nil || back != token {
		t.Fatalf("got another token back, %v", err)
	}
	if New() == token {
		t.Error("two tokens are equal")
	}
	if bytes.Contains(token.Hash(), token.secret[:8]) || len(token.Hash()) != 32 {
		t.Error("the hash shows the token")
	}
	whole := token.Reveal()
	for _, s := range []string{
		"", "weft_rt_", whole[1:], whole[:len(whole)-1], whole + "A", whole + "=", "weft_pat_" + whole[8:],
		whole[:20] + "+" + whole[21:], whole[:20] + "\n" + whole[21:], strings.Repeat("A", 1<<20), "weft_rt_" + strings.Repeat("é", 43),
	} {
		if _, err := Parse(s); err == nil {
			t.Errorf("%.60q is taken", s)
		} else if len(s) > 30 && strings.Contains(err.Error(), s[20:30]) {
			t.Errorf("the error repeats %.60q", s)
		}
	}
}

func TestSuccessorNeedsTokenAndNonce(t *testing.T) {
	token, nonce := New(), NewNonce()
	successor := token.Successor(nonce)
	if successor != token.Successor(nonce) {
		t.Error("the same token and nonce have two successors")
	}
	if successor == token.Successor(NewNonce()) || successor == New().Successor(nonce) || successor == token {
		t.Error("the successor does not depend on both token and nonce")
	}
}

func TestDecide(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) *time.Time { return new(now.Add(-d)) }
	later := now.Add(Life)
	for name, tt := range map[string]struct {
		state State
		want  Decision
	}{
		"first use":              {State{Expires: later}, Rotate},
		"last moment":            {State{Expires: now.Add(time.Nanosecond)}, Rotate},
		"expired":                {State{Expires: now}, Refuse},
		"revoked":                {State{Expires: later, Revoked: true}, Refuse},
		"race":                   {State{Expires: later, Used: ago(0)}, Repeat},
		"end of grace":           {State{Expires: later, Used: ago(Grace)}, Repeat},
		"after grace":            {State{Expires: later, Used: ago(Grace + 1)}, Replay},
		"clocks differ":          {State{Expires: later, Used: ago(-time.Second)}, Repeat},
		"replay long after":      {State{Expires: *ago(1), Used: ago(Life)}, Replay},
		"replay after a revoke":  {State{Expires: later, Used: ago(time.Hour), Revoked: true}, Refuse},
		"race after a sign out":  {State{Expires: later, Used: ago(0), Revoked: true}, Refuse},
		"race, expired meantime": {State{Expires: *ago(1), Used: ago(2)}, Repeat},
	} {
		if got := Decide(tt.state, now); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
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
	secret := strings.TrimPrefix(token.Reveal(), "weft_rt_")
	for _, form := range []string{secret, fmt.Sprintf("%x", token.secret), strings.Trim(fmt.Sprint(token.secret), "[]")} {
		if strings.Contains(printed, form) {
			t.Errorf("the token was printed: %s", printed)
		}
	}
}
