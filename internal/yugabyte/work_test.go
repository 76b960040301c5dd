package yugabyte_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/executor/oracletest"
	"github.com/weftql/weft/graph/examples"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/idempotency"
	"github.com/weftql/weft/internal/replica"
	"github.com/weftql/weft/internal/seed"
	"github.com/weftql/weft/internal/stackexchange"
)

// sent does all that Weft does with a database, and returns the statements that
// the server was sent and the mutations that ran.
func sent(t *testing.T) (all []statement, ran map[string]bool) {
	t.Helper()
	cluster := dbtest.Private(t)
	url := cluster.NewDatabase(t)
	recorded := cluster.Record(t)
	operate(t, url)
	db, _ := graphtest.Listen(t, url)
	w := &worker{graphtest.Start(t, db), t, map[string]bool{}}
	w.queries()
	w.pages()
	w.content()
	w.accounts()
	w.upkeep()
	inside := map[string]bool{} // sessions in a transaction
	for _, s := range recorded() {
		text := strings.TrimSuffix(strings.TrimSpace(s.Text), ";")
		switch first, _, _ := strings.Cut(strings.ToLower(text), " "); first {
		case "begin":
			inside[s.Session] = true
		case "commit", "rollback":
			inside[s.Session] = false
		case "":
			continue
		}
		all = append(all, statement{text: text, inTransaction: inside[s.Session], protocol: s.Protocol})
	}
	return all, w.ran
}

// operate does what an operator does, and what a server does at its start.
func operate(t *testing.T, url string) {
	t.Helper()
	ctx := t.Context()
	for _, o := range []database.Options{
		{URL: url},
		{URL: url, ReplicaURLs: []string{url}},
		{URL: url, Pooler: true, DirectURL: url},
	} {
		db, err := database.Open(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		_, pending := db.Pending(ctx)
		_, migrated := db.Migrate(ctx)
		_, named := db.Identity(ctx)
		err = errors.Join(pending, migrated, named, db.Ready(ctx), seed.Run(ctx, db, seed.Options{Users: 20, Posts: 120, Comments: 200, Tags: 12, Seed: 3}))
		for _, site := range []string{"pipes", "pipes", "faults"} { // the second time finds what is there
			_, imported := stackexchange.Import(ctx, db, stackexchange.Options{Dir: "../stackexchange/testdata/" + site})
			err = errors.Join(err, imported)
		}
		_, granted := account.GrantRole(ctx, db, "alice", auth.RoleModerator)
		_, back := account.GrantRole(ctx, db, "alice", auth.RoleUser)
		_, asked := db.Latest(ctx)
		_, floor := db.Floor(replica.NewContext(ctx, &replica.Reading{}), 1)
		_, rendered := content.Rerender(ctx, db)
		db.Examine(ctx)
		err = errors.Join(err, grow(ctx, db))
		if err := errors.Join(err, granted, back, asked, floor, rendered, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// grow looks at a database that is newer than the program, and says so.
func grow(ctx context.Context, db *database.Database) error {
	const version = 99990101000000
	_, added := db.DB().ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, true)", version)
	_, declared := db.DB().ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schema_compatible (version bigint, since bigint)")
	newer := db.Ready(ctx)
	if _, ok := errors.AsType[*database.NewerError](newer); ok {
		newer = nil
	}
	_, removed := db.DB().ExecContext(ctx, "DELETE FROM goose_db_version WHERE version_id = $1", version)
	return errors.Join(added, declared, newer, removed)
}

// worker uses a server as its clients do.
type worker struct {
	*graphtest.Server
	t   *testing.T
	ran map[string]bool // mutations
}

// queries runs the examples, and many random queries over the whole schema as
// several viewers.
func (w *worker) queries() {
	ids := w.ids()
	files, err := fs.Glob(examples.Files, "*.graphql")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(examples.Files, file)
		if err != nil {
			w.t.Fatal(err)
		}
		variables := map[string]any{}
		for name, v := range map[string]any{"id": ids["post"][0], "postId": ids["post"][0], "ids": slices.Concat(ids["post"], ids["user"], ids["comment"], ids["tag"])} {
			if strings.Contains(string(text), "$"+name+":") {
				variables[name] = v
			}
		}
		w.Get(w.t, "alice", string(text), variables, nil)
	}
	schema := graphtest.BreadthFirst(nil, nil, nil).Schema()
	every := slices.Concat(ids["post"], ids["user"], ids["comment"], ids["tag"])
	for i := range uint64(400) {
		g := oracletest.New(schema, i)
		g.Value = func(r *rand.Rand, coordinate string, of *ast.Type) (any, bool) {
			switch {
			case of.Name() == "ID" && of.Elem == nil:
				return every[r.IntN(len(every))], true
			case strings.HasSuffix(coordinate, "(first:)"):
				return 3, true
			case strings.HasSuffix(coordinate, "(last:)"), strings.HasSuffix(coordinate, "(after:)"), strings.HasSuffix(coordinate, "(before:)"):
				return nil, true
			case strings.HasSuffix(coordinate, "(query:)"):
				return "garden or go", true
			}
			return nil, false
		}
		g.Scalar = func(r *rand.Rand, _ string) any { return fmt.Sprintf("202%d-02-02T00:00:00Z", r.IntN(7)) }
		op := g.Operation(ast.Query)
		w.Do(w.t, []string{"", "alice", "moderator", "admin"}[i%4], op.Query, op.Variables)
	}
}

// ids are some of each type.
func (w *worker) ids() map[string][]string {
	var found struct {
		Posts struct {
			Nodes []struct {
				ID       string
				Author   struct{ ID string }
				Tags     []struct{ ID string }
				Comments struct{ Nodes []struct{ ID string } }
			}
		}
	}
	w.Get(w.t, "", `{ posts { nodes { id author { id } tags { id } comments { nodes { id } } } } }`, nil, &found)
	ids := map[string][]string{}
	for _, p := range found.Posts.Nodes {
		ids["post"], ids["user"] = append(ids["post"], p.ID), append(ids["user"], p.Author.ID)
		for _, tag := range p.Tags {
			ids["tag"] = append(ids["tag"], tag.ID)
		}
		for _, c := range p.Comments.Nodes {
			ids["comment"] = append(ids["comment"], c.ID)
		}
	}
	return ids
}

// pages reads each list in each of its orders from both ends and after a
// cursor.
func (w *worker) pages() {
	schema := graphtest.BreadthFirst(nil, nil, nil).Schema()
	within := map[string]string{"Query": "%s", "User": "users(first: 3) { nodes { %s } }", "Post": "posts(first: 3) { nodes { %s } }", "Tag": "tags(first: 3) { nodes { %s } }"}
	for on, around := range within {
		for _, f := range schema.Types[on].Fields {
			if f.Arguments.ForName("after") == nil {
				continue
			}
			given := []string{""}
			if f.Name == "search" {
				given = []string{`query: "a", type: USER, `, `query: "go or garden", type: POST, `, `query: "g", type: TAG, `}
			}
			if order := f.Arguments.ForName("orderBy"); order != nil {
				for _, value := range schema.Types[schema.Types[order.Type.Name()].Fields.ForName("field").Type.Name()].EnumValues {
					for _, direction := range []string{"ASC", "DESC"} {
						given = append(given, fmt.Sprintf("orderBy: {field: %s, direction: %s}, ", value.Name, direction))
					}
				}
			}
			for _, g := range given {
				for _, viewer := range []string{"", "alice", "admin"} {
					w.turn(viewer, around, f.Name, g)
				}
			}
		}
	}
}

// turn reads three pages of a list.
func (w *worker) turn(viewer, around, field, given string) {
	const selection = " { nodes { __typename } totalCount pageInfo { startCursor endCursor } }"
	read := func(slice string) map[string]any {
		query := "{ " + fmt.Sprintf(around, field+"("+given+slice+")"+selection) + " }"
		var data any
		if err := json.Unmarshal(w.Do(w.t, viewer, query, nil).Data, &data); err != nil {
			w.t.Fatalf("%s: %v", query, err)
		}
		return find(data, "pageInfo")
	}
	info := read("first: 3")
	if end, ok := info["endCursor"].(string); ok {
		read(fmt.Sprintf("first: 3, after: %q", end))
	}
	info = read("last: 3")
	if start, ok := info["startCursor"].(string); ok {
		read(fmt.Sprintf("last: 3, before: %q", start))
	}
}

// find returns an object of that name from a tree, one that is not empty.
func find(tree any, name string) map[string]any {
	var found map[string]any
	visit(tree, func(key string, at map[string]any) {
		if key == name && (found == nil || at["endCursor"] != nil) {
			found = at
		}
	})
	return found
}

// do runs a mutation with these headers and returns the text at a path in what
// it answers.
func (w *worker) do(header http.Header, mutation string, path ...string) string {
	w.t.Helper()
	answer := w.Send(w.t, header, "mutation { done: "+mutation+" }", nil)
	if len(answer.Errors) > 0 {
		w.t.Fatalf("%s: %s", mutation, answer.Body)
	}
	w.done(mutation)
	var at any
	if err := json.Unmarshal(answer.Data, &at); err != nil {
		w.t.Fatal(err)
	}
	for _, name := range append([]string{"done"}, path...) {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	text, _ := at.(string)
	return text
}

// done notes that a mutation ran.
func (w *worker) done(mutation string) {
	name, _, _ := strings.Cut(mutation, "(")
	w.ran[name] = true
}

func as(viewer string) http.Header { return http.Header{auth.ViewerHeader: {viewer}} }

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// content writes posts, comments and votes in each state.
func (w *worker) content() {
	alice, bob := as("alice"), as("bob")
	draft := w.do(alice, `createPost(input: {title: "x", body: "x", tags: ["x", "y"]}) { post { id tags { name } } postEdge { cursor } }`, "post", "id")
	w.do(alice, fmt.Sprintf(`updatePost(input: {id: %q, title: "y", body: "y"}) { post { id } }`, draft))
	w.do(alice, fmt.Sprintf(`publishPost(input: {id: %q}) { post { id } postEdge { cursor } }`, draft))
	w.do(alice, fmt.Sprintf(`updatePost(input: {id: %q, body: "z"}) { post { id } }`, draft))
	w.do(alice, fmt.Sprintf(`setPostTags(input: {id: %q, tags: ["z"]}) { post { id } }`, draft))
	w.do(alice, fmt.Sprintf(`setPostTags(input: {id: %q, tags: []}) { post { id } }`, draft))
	reply := w.do(bob, fmt.Sprintf(`replyToPost(input: {postId: %q, body: "r"}) { post { id parent { id } } replyEdge { cursor } }`, draft), "post", "id")
	w.do(bob, fmt.Sprintf(`votePost(input: {id: %q, value: UP}) { post { score viewerVote } }`, draft))
	w.do(bob, fmt.Sprintf(`votePost(input: {id: %q, value: DOWN}) { post { score } }`, draft))
	w.do(bob, fmt.Sprintf(`votePost(input: {id: %q, value: NONE}) { post { score } }`, draft))
	comment := w.do(bob, fmt.Sprintf(`addComment(input: {postId: %q, body: "c"}) { commentEdge { cursor } comment { id author { id } post { id } } }`, draft), "comment", "id")
	w.do(bob, fmt.Sprintf(`updateComment(input: {id: %q, body: "d"}) { comment { id } }`, comment))
	again := as("bob")
	again.Set(idempotency.Header, "k")
	for range 2 {
		w.do(again, fmt.Sprintf(`addComment(input: {postId: %q, body: "once"}) { comment { id } }`, draft))
	}
	w.do(bob, fmt.Sprintf(`deleteComment(input: {id: %q}) { deletedCommentId post { id } }`, comment))
	w.do(alice, fmt.Sprintf(`archivePost(input: {id: %q}) { post { id } }`, draft))
	w.do(bob, fmt.Sprintf(`deletePost(input: {id: %q}) { deletedPostId }`, reply))
	w.do(alice, fmt.Sprintf(`deletePost(input: {id: %q}) { deletedPostId }`, draft))
	// What is not there and what is not one's own.
	for _, refused := range []string{`deletePost(input: {id: "post_01h455vb4pex5vsknk084sn02q"}) { deletedPostId }`, `addComment(input: {postId: "post_01h455vb4pex5vsknk084sn02q", body: "x"}) { comment { id } }`} {
		w.Send(w.t, alice, "mutation { "+refused+" }", nil)
	}
}

// accounts signs up, in and out, and does what is done with accounts.
func (w *worker) accounts() {
	const in = `login: "ada", password: "correct horse battery"`
	nobody := http.Header{}
	sign := func(mutation string) (token, refresh string) {
		answer := w.Send(w.t, nobody, "mutation { g: "+mutation+" { accessToken refreshToken } }", nil)
		var data struct{ G graphtest.Grant }
		if err := json.Unmarshal(answer.Data, &data); err != nil || len(answer.Errors) > 0 {
			w.t.Fatalf("%s: %s", mutation, answer.Body)
		}
		w.done(mutation)
		return data.G.AccessToken, data.G.RefreshToken
	}
	first, _ := sign(`signUp(input: {username: "ada", email: "ada@example.org", password: "correct horse battery"})`)
	sign(`signUp(input: {username: "eve", email: "eve@example.org", password: "correct horse battery"})`)
	w.Send(w.t, nobody, `mutation { signUp(input: {username: "ada", email: "eve@example.org", password: "correct horse battery"}) { accessToken } }`, nil)
	w.Send(w.t, nobody, `mutation { signIn(input: {login: "ada", password: "wrong"}) { accessToken } }`, nil)
	_, refresh := sign("signIn(input: {" + in + "})")
	_, next := sign(fmt.Sprintf("refreshToken(input: {refreshToken: %q})", refresh))
	sign(fmt.Sprintf("refreshToken(input: {refreshToken: %q})", refresh)) // at once: the same successor
	sign(fmt.Sprintf("refreshToken(input: {refreshToken: %q})", next))
	w.Send(w.t, nobody, fmt.Sprintf("mutation { refreshToken(input: {refreshToken: %q}) { accessToken } }", refresh), nil) // a replay
	ada := bearer(first)
	sign("signIn(input: {" + in + "})")
	var list struct {
		Viewer struct {
			Sessions []struct {
				ID      string
				Current bool
			}
		}
	}
	if err := json.Unmarshal(w.Send(w.t, ada, "{ viewer { email sessions { id current } } }", nil).Data, &list); err != nil {
		w.t.Fatal(err)
	}
	for _, s := range list.Viewer.Sessions {
		if !s.Current {
			w.do(ada, fmt.Sprintf(`revokeSession(input: {id: %q}) { revokedSessionId }`, s.ID))
			break
		}
	}
	token := w.do(ada, `createAccessToken(input: {name: "x", scopes: ["read"]}) { token accessToken { id } }`, "token")
	w.Send(w.t, bearer(token), "{ viewer { id accessTokens { id } } }", nil)
	unused := w.do(ada, `createAccessToken(input: {name: "y", scopes: ["read"]}) { accessToken { id } }`, "accessToken", "id")
	w.do(ada, fmt.Sprintf(`revokeAccessToken(input: {id: %q}) { revokedAccessTokenId }`, unused))
	w.do(ada, `updateProfile(input: {name: "A", bio: "b", avatarUrl: "https://example.org/a.png", username: "ada2", email: "ada2@example.org", currentPassword: "correct horse battery"}) { user { id } }`)
	w.do(ada, `changePassword(input: {currentPassword: "correct horse battery", newPassword: "battery staple horse"}) { user { id } }`)
	eve, _ := sign(`signIn(input: {login: "eve", password: "correct horse battery"})`)
	user := w.do(bearer(eve), `updateProfile(input: {name: "E"}) { user { id } }`, "user", "id")
	for _, role := range []string{"MODERATOR", "USER"} {
		w.do(as("admin"), fmt.Sprintf(`setUserRole(input: {userId: %q, role: %s}) { user { role } }`, user, role))
	}
	w.Send(w.t, as("admin"), `{ auditEvents(first: 2) { nodes { action actor { id } user { id } } totalCount pageInfo { endCursor } } }`, nil)
	w.Send(w.t, as("admin"), fmt.Sprintf(`{ auditEvents(first: 2, userId: %q) { nodes { id } totalCount } }`, user), nil)
	w.do(ada, `signOut(input: {}) { endedSessions }`)
	if err := w.Accounts.WriteUses(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	ada = bearer(first2(sign(`signIn(input: {login: "ada2", password: "battery staple horse"})`)))
	post := w.do(ada, `createPost(input: {title: "x", body: "x", publish: true}) { post { id } }`, "post", "id")
	w.do(ada, fmt.Sprintf(`votePost(input: {id: %q, value: UP}) { post { id } }`, post))
	w.do(ada, `signOut(input: {everywhere: true}) { endedSessions }`)
	ada = bearer(first2(sign(`signIn(input: {login: "ada2", password: "battery staple horse"})`)))
	w.do(ada, `deleteAccount(input: {currentPassword: "battery staple horse", content: KEEP}) { deletedUserId }`)
	eve, _ = sign(`signIn(input: {login: "eve", password: "correct horse battery"})`)
	w.do(bearer(eve), `deleteAccount(input: {currentPassword: "correct horse battery", content: DELETE}) { deletedUserId }`)
	for _, subject := range []string{"7", "7", "8"} {
		_, err := w.Accounts.FindExternal(w.t.Context(), access.Identity{Issuer: "https://a.example", Subject: subject, Scopes: "read write", Until: time.Now().Add(time.Hour)})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func first2(first, _ string) string { return first }

// upkeep does what a server does by itself.
func (w *worker) upkeep() {
	ctx, later := w.t.Context(), func() time.Time { return time.Now().UTC().Add(1000 * time.Hour).Truncate(time.Microsecond) }
	_, cleaned := idempotency.New(w.DB, later).Clean(ctx)
	undone := errors.New("undone")
	err := w.DB.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		tx.Tag.Query().FirstX(ctx)
		return undone
	})
	if errors.Is(err, undone) {
		err = nil
	}
	if err := errors.Join(err, cleaned, w.Accounts.Sync(ctx), w.Accounts.Clean(ctx)); err != nil {
		w.t.Fatal(err)
	}
}
