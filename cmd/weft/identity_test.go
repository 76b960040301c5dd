package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/server"
)

// started is a server as serve wires it, with a database of its own.
func started(t *testing.T, environ ...string) (*server.Server, *identity) {
	t.Helper()
	c, db := opened(t, append(environ, "WEFT_DATA_DIR="+t.TempDir())...)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	s, who, _ := wired(t, c, db, feed.New(logger), logger)
	return s, who
}

// opened is the database that verbs open, until t ends.
func opened(t *testing.T, environ ...string) (config.Config, *database.Database) {
	t.Helper()
	c, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	closes(t, db)
	return c, db
}

func closes(t *testing.T, db *database.Database) {
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// wired is a server as serve wires it, on a database that is open.
func wired(t *testing.T, c config.Config, db *database.Database, changes *feed.Feed, logger *slog.Logger) (*server.Server, *identity, *background) {
	t.Helper()
	keys, err := openKeys(c)
	if err != nil {
		t.Fatal(err)
	}
	who, err := newIdentity(t.Context(), c, keys, db, logger)
	if err != nil {
		t.Fatal(err)
	}
	work := newBackground(t.Context())
	t.Cleanup(work.Stop)
	s, err := newServer(c, db, changes, who, nil, work, logger)
	if err != nil {
		t.Fatal(err)
	}
	return s, who, work
}

func post(t *testing.T, s *server.Server, token, query string, data any) int {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if data != nil {
		if err := json.Unmarshal(w.Body.Bytes(), &struct{ Data any }{data}); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
	}
	return w.Code
}

func keys(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), append([]string{"keys"}, args...), nil, &stdout, &stderr); code != 0 {
		t.Fatalf("weft keys %v: %d %s", args, code, stderr.String())
	}
	return stdout.String()
}

const signUpAda = `mutation { signUp(input: {username: "ada", email: "ada@example.org", password: "correct horse battery"}) { accessToken } }`

type signedUp struct{ SignUp struct{ AccessToken string } }

func TestKeysRotateWhileEveryoneStaysSignedIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.json")
	if out := keys(t, "generate", "-file", file); strings.Count(out, "\n") != 2 {
		t.Errorf("generated:\n%s", out)
	}
	s, who := started(t, "WEFT_ENV=production", "WEFT_JWT_KEYS_FILE="+file, "WEFT_DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "weft.db"))
	var up signedUp
	post(t, s, "", signUpAda, &up)
	before := who.ring.Active().ID
	for range 3 {
		keys(t, "rotate", "-file", file)
	}
	if err := who.ring.Reload(); err != nil {
		t.Fatal(err)
	}
	if who.ring.Active().ID == before {
		t.Error("the rotation did nothing")
	}
	var me struct{ Viewer *struct{ Username string } }
	if code := post(t, s, up.SignUp.AccessToken, `{ viewer { username } }`, &me); code != http.StatusOK || me.Viewer == nil {
		t.Errorf("after the rotation: %d", code)
	}
	if out := keys(t, "list", "-file", file); strings.Count(out, "retiring") != 3 || strings.Count(out, "active") != 1 || strings.Contains(out, "private") {
		t.Errorf("listed:\n%s", out)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/.well-known/jwks.json", nil))
	if w.Code != http.StatusOK || strings.Count(w.Body.String(), `"kid"`) != 5 || strings.Contains(w.Body.String(), `"d"`) {
		t.Errorf("published: %d %s", w.Code, w.Body)
	}
}

func TestKeysFromTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.json")
	keys(t, "generate", "-file", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := started(t, "WEFT_JWT_KEYS="+string(text))
	var up signedUp
	if post(t, s, "", signUpAda, &up); up.SignUp.AccessToken == "" {
		t.Error("no token")
	}
}

func TestProductionNeedsKeys(t *testing.T) {
	c, err := config.Load([]string{"WEFT_ENV=production", "WEFT_DATA_DIR=" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openKeys(c); err == nil || !strings.Contains(err.Error(), "WEFT_JWT_KEYS_FILE") {
		t.Errorf("got %v", err)
	}
	c.Env = config.Development
	first, err := openKeys(c)
	if err != nil {
		t.Fatal(err)
	}
	second, err := openKeys(c)
	if err != nil || second.Active().ID != first.Active().ID {
		t.Errorf("development does not keep its keys: %v", err)
	}
}

func TestKeysVerbRefuses(t *testing.T) {
	for _, args := range [][]string{{}, {"burn"}, {"rotate", "extra"}, {"rotate", "-file", filepath.Join(t.TempDir(), "none")}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"keys"}, args...), nil, &stdout, &stderr); code == 0 || stderr.Len() == 0 {
			t.Errorf("weft keys %v: %d %q", args, code, stderr.String())
		}
	}
}
