package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/server"
)

// instance is a server of several on one database, which hears of the others by
// the change feed alone.
func instance(t *testing.T, environ ...string) (*server.Server, *feed.Feed) {
	t.Helper()
	c, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(t.Output(), nil))
	changes := feed.New(logger)
	db, err := openDatabases(t.Context(), c, changes, logger)
	if err != nil {
		t.Fatal(err)
	}
	closes(t, db)
	s, who, work := wired(t, c, db, changes, logger)
	revoked := revocations(changes)
	work.Go(func(ctx context.Context) {
		who.accounts.Run(ctx, time.Hour, revoked, func(err error) { t.Error(err) })
	})
	work.Go(func(ctx context.Context) { changes.Run(ctx, db) })
	return s, changes
}

// TestSignedOutEverywhere signs out on one instance; another one, which reads
// revocations by itself once an hour here, must know.
func TestSignedOutEverywhere(t *testing.T) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			environ := []string{"WEFT_DATABASE_URL=" + dbtest.NewURL(t, store), "WEFT_JWT_KEYS_FILE=" + filepath.Join(t.TempDir(), "keys.json")}
			one, _ := instance(t, environ...)
			two, changes := instance(t, environ...)
			for deadline := time.Now().Add(time.Minute); !changes.Status().Whole; time.Sleep(5 * time.Millisecond) { //nolint:forbidigo // it is whole at some time
				if time.Now().After(deadline) {
					t.Fatalf("the feed is not whole: %+v", changes.Status())
				}
			}
			var up signedUp
			post(t, one, "", signUpAda, &up)
			token := up.SignUp.AccessToken
			if code := post(t, two, token, "{ viewer { username } }", nil); code != http.StatusOK {
				t.Fatalf("the other instance answers %d", code)
			}
			if code := post(t, one, token, "mutation { signOut(input: {everywhere: true}) { endedSessions } }", nil); code != http.StatusOK {
				t.Fatalf("sign out: %d", code)
			}
			for deadline := time.Now().Add(time.Minute); post(t, two, token, "{ viewer { username } }", nil) == http.StatusOK; time.Sleep(5 * time.Millisecond) { //nolint:forbidigo // nor does a server tell
				if time.Now().After(deadline) {
					t.Fatalf("after a minute the other instance still takes the token: %+v", changes.Status())
				}
			}
		})
	}
}

// TestExplainShowsLevels asks what a panel beside the answer shows: of each
// field its level, points and time, of each path what it costs at most, and why
// gqlgen's executor runs what the breadth-first one does not.
func TestExplainShowsLevels(t *testing.T) {
	s, _ := instance(t, "WEFT_DATABASE_URL="+dbtest.NewURL(t, "sqlite"), "WEFT_JWT_KEYS_FILE="+filepath.Join(t.TempDir(), "keys.json"), "WEFT_RESPONSE_CACHE=1000000")
	type explained struct {
		Fields []operation.ExplainedField
		Points []operation.PathCost
		Left   string
		Answer string
	}
	explain := func(query string) explained {
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("GraphQL-Explain", "1")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var answer struct {
			Errors     []any
			Extensions struct{ Explain explained }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Errors != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		return answer.Extensions.Explain
	}
	got := explain(`{ list: tags(first: 1) { totalCount nodes { name posts(first: 2) { nodes { title } } } } }`)
	if len(got.Fields) < 3 || got.Fields[0].Path != "list" || got.Fields[0].MS <= 0 || got.Left != "" {
		t.Errorf("fields: %+v", got)
	}
	for _, f := range got.Fields {
		if f.Path == "list.totalCount" && (f.Level != 1 || f.Parents != 1 || f.Points == 0 || f.Type != "TagConnection") {
			t.Errorf("the count: %+v", f)
		}
	}
	if last := got.Points[len(got.Points)-1]; last.Path != "list.nodes.posts.nodes" || last.Points == 0 {
		t.Errorf("points: %+v", got.Points)
	}
	if got.Answer != "weft; fwd=bypass; detail=explain" {
		t.Errorf("the cache of answers: %q", got.Answer)
	}
	if got := explain(`{ __schema { queryType { name } } }`); got.Left != "introspection" || got.Fields != nil || got.Points == nil {
		t.Errorf("introspection: %+v", got)
	}
}

// TestExplainShowsTheFeed asks where the feed is.
func TestExplainShowsTheFeed(t *testing.T) {
	s, _ := instance(t, "WEFT_DATABASE_URL="+dbtest.NewURL(t, "sqlite"), "WEFT_JWT_KEYS_FILE="+filepath.Join(t.TempDir(), "keys.json"))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ tags(first: 1) { totalCount } }"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("GraphQL-Explain", "1")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `"feed":{"applied":"`) {
		t.Errorf("got %s", w.Body)
	}
}
