package password

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/internal/apperr"
)

// cheap keeps tests quick.
func cheap() Params { return Params{Memory: 64, Time: 1, Threads: 1} }

func newHasher(t testing.TB, o Options) *Hasher {
	t.Helper()
	h, err := NewHasher(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHashAndVerify(t *testing.T) {
	h := newHasher(t, Options{Params: cheap()})
	hash, err := h.Hash(t.Context(), "correct horse é")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		hash, password string
		want           bool
	}{
		{hash, "correct horse é", true},
		{hash, "correct horse e\u0301", true}, // the same letters from another keyboard
		{hash, "correct horse e", false},
		{hash, "", false},
		{hash, strings.Repeat("x", 1<<16), false},
		{"", "nobody has this password", false},
		{"", "", false},
	} {
		ok, weak, err := h.Verify(t.Context(), tt.hash, tt.password)
		if err != nil || ok != tt.want || weak {
			t.Errorf("%.20q: got %v, weak %v, %v", tt.password, ok, weak, err)
		}
	}
	again, err := h.Hash(t.Context(), "correct horse é")
	if err != nil || again == hash {
		t.Errorf("two hashes of one password are equal, %v", err)
	}
}

func TestDefaultParams(t *testing.T) {
	hash, err := newHasher(t, Options{}).Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got %s", hash[:40])
	}
}

// TestKnownHash was made by the reference implementation:
// echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
func TestKnownHash(t *testing.T) {
	const known = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	ok, weak, err := newHasher(t, Options{}).Verify(t.Context(), known, "password")
	if err != nil || !ok {
		t.Errorf("got %v, %v", ok, err)
	}
	if !weak {
		t.Error("a salt of 8 bytes is not called weak")
	}
}

func TestWeakerHashIsTold(t *testing.T) {
	hash, err := newHasher(t, Options{Params: cheap()}).Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	risen := newHasher(t, Options{Params: Params{Memory: 128, Time: 1, Threads: 1}})
	if ok, weak, err := risen.Verify(t.Context(), hash, "correct horse"); !ok || !weak || err != nil {
		t.Errorf("right password: %v, weak %v, %v", ok, weak, err)
	}
	if ok, weak, err := risen.Verify(t.Context(), hash, "wrong horse"); ok || weak || err != nil {
		t.Errorf("wrong password: %v, weak %v, %v", ok, weak, err)
	}
}

func TestMalformedHashes(t *testing.T) {
	h := newHasher(t, Options{Params: cheap()})
	for _, hash := range []string{
		"x", "$2b$10$abcdefghijklmnopqrstuv", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"$argon2id$v=19$m=64,t=1,p=1$$", "$argon2id$v=19$m=64,t=1,p=1$!$!", "$argon2id$v=19$$$", "$$$$$",
	} {
		ok, _, err := h.Verify(t.Context(), hash, "password")
		if ok || err == nil {
			t.Errorf("%s: got %v, %v", hash, ok, err)
		}
		if err != nil && strings.Contains(err.Error(), "c29tZXNhbHQ") {
			t.Errorf("the error shows the hash: %v", err)
		}
	}
}

// TestUnknownUserTakesTheSameTime logs the medians: what a machine under load
// measures is no ground to fail, unless one path does no work at all.
func TestUnknownUserTakesTheSameTime(t *testing.T) {
	h := newHasher(t, Options{})
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	median := func(hash string) time.Duration {
		var all []time.Duration
		for range 15 {
			start := time.Now()
			if ok, _, err := h.Verify(t.Context(), hash, "wrong horse"); ok || err != nil {
				t.Fatal(ok, err)
			}
			all = append(all, time.Since(start))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	known, unknown := median(hash), median("")
	t.Logf("median of a wrong password %v, of an unknown user %v", known, unknown)
	if unknown < known/4 || known < unknown/4 {
		t.Errorf("a wrong password takes %v, an unknown user %v", known, unknown)
	}
}

func TestPolicy(t *testing.T) {
	for password, taken := range map[string]bool{
		"": false, "1234567": false, "short é": false, "password": false, "PassWord1": false, "ada-lovelace": false,
		"ADA@example.org": false, "aaaaaaaaaaaa": false, "correct horse battery": true, "日本語のパスワード": true,
		"nul\x00nulnul": false, "bad\xffutf-8 here": false, strings.Repeat("é", 128): false,
		strings.Repeat("é1", 64): true, strings.Repeat("ab", 65): false, "        ": false,
	} {
		if why := Check(password, "ada-lovelace", "ada@example.org"); (why == "") != taken {
			t.Errorf("%q: %q", password, why)
		}
	}
}

func retryAfter(t *testing.T, err error, code apperr.Code) time.Duration {
	t.Helper()
	retry, ok := errors.AsType[*apperr.Error](err)
	if !ok || retry.Code != code || retry.RetryAfter == 0 {
		t.Fatalf("got %v, want %s with a time to retry", err, code)
	}
	return retry.RetryAfter
}
