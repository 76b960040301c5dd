package keyring

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
)

func states(keys []Key) string {
	var all []string
	for _, k := range keys {
		all = append(all, string(k.State))
	}
	return strings.Join(all, " ")
}

func TestLifeOfKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "keys.json")
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	step := func(want string, do func(string, time.Time) ([]Key, error)) []Key {
		t.Helper()
		keys, err := do(path, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := states(keys); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		listed, err := List(path)
		if err != nil || states(listed) != want {
			t.Errorf("the file lists %q, %v", states(listed), err)
		}
		return keys
	}
	first := step("active pending", Generate)
	second := step("retiring active pending", Rotate)
	if second[1].ID != first[1].ID {
		t.Error("the key that became active is not the one that was pending")
	}
	step("retiring active pending pending", Generate)
	now = now.Add(Retention / 2)
	step("retiring retiring active pending pending", Rotate)
	now = now.Add(Retention/2 + time.Second)
	step("retiring retiring active pending pending", Rotate) // the first is gone
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v", info.Mode())
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestInstancesShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	rings := make([]*Ring, 8)
	var wait sync.WaitGroup
	for i := range rings {
		wait.Go(func() {
			var err error
			if rings[i], err = OpenOrCreate(path); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, r := range rings {
		if r.Active().ID != rings[0].Active().ID {
			t.Fatal("instances that started together have different keys")
		}
	}
	if _, err := Rotate(path, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := rings[0].Reload(); err != nil {
		t.Fatal(err)
	}
	if rings[0].Active().ID == rings[1].Active().ID {
		t.Error("a reload did not take the rotation")
	}
	newest, err := List(path)
	if err != nil {
		t.Fatal(err)
	}
	pending := newest[len(newest)-1].ID
	if _, ok := rings[1].Find(pending); !ok {
		t.Error("a key that is newer than the last reading is not found")
	}
	if rings[1].Active().ID != rings[0].Active().ID {
		t.Error("finding a newer key did not take the rotation")
	}
	if _, ok := rings[1].Find("unknown"); ok {
		t.Error("found an unknown key")
	}
}

func TestOneChangeAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := Generate(path, time.Now()); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 20 {
		wait.Go(func() {
			if _, err := Generate(path, time.Now()); err == nil {
				mu.Lock()
				done++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	keys, err := List(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != done+2 {
		t.Errorf("%d changes succeeded and left %d keys", done, len(keys))
	}
	lock := flock.New(path + ".lock")
	if locked, err := lock.TryLock(); err != nil || !locked {
		t.Fatalf("a lock that nobody holds: %v, %v", locked, err)
	}
	if _, err := Rotate(path, time.Now()); err == nil || !strings.Contains(err.Error(), lock.Path()) {
		t.Errorf("a change under way: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(path, time.Now()); err != nil {
		t.Errorf("the file of a lock that nobody holds: %v", err)
	}
}

func TestFaultyFileKeepsKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	r, err := OpenOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	id := r.Active().ID
	secret := base64.RawURLEncoding.EncodeToString(r.Active().Private().Seed())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":      "",
		"cut":        string(whole[:len(whole)/2]),
		"no keys":    `{"keys":[]}`,
		"two active": strings.ReplaceAll(string(whole), "pending", "active"),
		"no active":  strings.ReplaceAll(string(whole), `"active"`, `"retiring"`),
		"RS256":      strings.ReplaceAll(string(whole), "EdDSA", "RS256"),
		"other kid":  strings.Replace(string(whole), id, "x"+id, 1),
		"unknown":    strings.Replace(string(whole), `"keys"`, `"clefs"`, 1),
		"short seed": strings.Replace(string(whole), secret, secret[4:], 1),
		"state":      strings.Replace(string(whole), "pending", "resting", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			err := r.Reload()
			if err == nil {
				t.Fatal("it is taken")
			}
			if strings.Contains(err.Error(), secret[4:]) {
				t.Error("the error shows a private key")
			}
			if r.Active().ID != id {
				t.Error("the ring lost its keys")
			}
			if _, err := Parse([]byte(text)); err == nil {
				t.Error("Parse takes it")
			}
		})
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := r.Reload(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Open(path); err == nil {
		t.Error("Open takes a missing file")
	}
	if parsed, err := Parse(whole); err != nil || parsed.Active().ID != id {
		t.Errorf("parse the whole text: %v", err)
	}
}

func TestWatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	synctest.Test(t, func(t *testing.T) {
		r, err := OpenOrCreate(path)
		if err != nil {
			t.Fatal(err)
		}
		id := r.Active().ID
		var reports []error
		go r.Watch(t.Context(), time.Second, func(err error) { reports = append(reports, err) })
		if _, err := Rotate(path, time.Now()); err != nil {
			t.Fatal(err)
		}
		pass := func(d time.Duration) {
			time.Sleep(d) //nolint:forbidigo // the clock is synctest's
			synctest.Wait()
		}
		pass(time.Second)
		if r.Active().ID == id {
			t.Error("the rotation was not seen")
		}
		if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if len(reports) != 1 {
			t.Errorf("a faulty file was reported so: %v", reports)
		}
	})
}

func TestJWKS(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	r, err := OpenOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, nil)
	if got := w.Header().Get("Content-Type"); got != "application/jwk-set+json" {
		t.Errorf("content type %q", got)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 {
		t.Fatalf("%d keys are published, want the active and the pending one", len(set.Keys))
	}
	for _, k := range set.Keys {
		if len(k) != 6 || k["kty"] != "OKP" || k["crv"] != "Ed25519" || k["alg"] != "EdDSA" || k["use"] != "sig" || k["kid"] == "" || k["x"] == "" {
			t.Errorf("published %v", k)
		}
	}
}

// TestThumbprint is the example of RFC 8037, appendix A.3.
func TestThumbprint(t *testing.T) {
	x, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := thumbprint(ed25519.PublicKey(x)), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestKeyNeverPrints(t *testing.T) {
	k, err := newKey(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "key", k)
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %+v %#v %s %x %d", k, k, k, k, k, k) + log.String() + string(text)
	seed := k.private.Seed()
	for _, form := range []string{
		base64.RawURLEncoding.EncodeToString(seed), base64.StdEncoding.EncodeToString(seed),
		hex.EncodeToString(seed), string(seed), string([]byte(k.private)),
	} {
		if strings.Contains(printed, strings.Trim(form, "[]=")) {
			t.Errorf("a private key was printed: %s", printed)
		}
	}
}
