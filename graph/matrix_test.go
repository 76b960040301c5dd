package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/graphtest"
)

// matrix is docs/permissions.md: its tables by heading, each row a map from
// column to cell.
type matrix map[string][]map[string]string

func readMatrix(t *testing.T) matrix {
	t.Helper()
	text, err := os.ReadFile("../docs/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	m := matrix{}
	var heading string
	var columns []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "## "); ok {
			heading, columns = name, nil
			continue
		}
		if !strings.HasPrefix(line, "|") {
			columns = nil
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		switch {
		case columns == nil:
			columns = cells
		case strings.HasPrefix(cells[0], "---"):
		case len(cells) != len(columns):
			t.Fatalf("docs/permissions.md: %q has %d cells, its table %d columns", line, len(cells), len(columns))
		default:
			row := map[string]string{}
			for i, c := range columns {
				row[c] = cells[i]
			}
			m[heading] = append(m[heading], row)
		}
	}
	return m
}

// viewers are the columns of the matrix with the user names that ask.
func viewers() map[string]string {
	return map[string]string{"anonymous": "", "stranger": "stranger", "owner": "owner", "moderator": "moderator", "admin": "admin"}
}

// world is what the matrix is tried on: one owner's posts in each state with
// a comment each, made by the API itself.
type world struct {
	*graphtest.Server
	t   *testing.T
	ids map[string]string // of "owner", "published", "draft", "archived", "reply", "hidden reply", "comment on …"
}

func newWorld(t *testing.T, s *graphtest.Server) *world {
	t.Helper()
	f := graphtest.NewFixture(t, s.DB)
	w := &world{s, t, map[string]string{}}
	// The owner is the newest, and so the first of a list of users.
	for _, role := range []auth.Role{auth.RoleAdmin, auth.RoleModerator} {
		f.User(strings.ToLower(string(role)), role)
	}
	f.User("stranger", auth.RoleUser)
	w.ids["owner"] = f.User("owner", auth.RoleUser).ID.String()
	// Older than the others, and so none that a list begins with.
	w.ids["withdrawn"] = w.do("owner", `createPost(input: {title: "x", body: "x", publish: true}) { post { id } }`, "createPost", "post", "id")
	for _, state := range []string{"published", "draft", "archived"} {
		w.ids[state] = w.do("owner", fmt.Sprintf(`createPost(input: {title: "Needle %[1]s", body: "x", tags: ["hay", "tag-of-%[1]s"], publish: %[2]v}) { post { id } }`,
			state, state != "draft"), "createPost", "post", "id")
	}
	for name, on := range map[string]string{"reply": "published", "hidden reply": "archived", "reply to withdrawn": "withdrawn"} {
		w.ids[name] = w.do("owner", fmt.Sprintf(`replyToPost(input: {postId: %q, body: "x"}) { post { id } }`, w.ids[on]), "replyToPost", "post", "id")
	}
	for _, on := range []string{"published", "archived"} {
		w.ids["comment on "+on] = w.do("owner", fmt.Sprintf(`addComment(input: {postId: %q, body: "x"}) { comment { id } }`, w.ids[on]), "addComment", "comment", "id")
	}
	for _, name := range []string{"withdrawn", "archived", "hidden reply"} {
		w.do("owner", fmt.Sprintf(`archivePost(input: {id: %q}) { post { id } }`, w.ids[name]), "archivePost", "post", "id")
	}
	w.do("owner", fmt.Sprintf(`votePost(input: {id: %q, value: UP}) { post { id } }`, w.ids["published"]), "votePost", "post", "id")
	owner, err := typeid.Parse(w.ids["owner"])
	if err != nil {
		t.Fatal(err)
	}
	openSession(t, s, owner)
	s.DB.Client().AuditEvent.Create().SetAction(auditevent.ActionSIGNED_IN).SetID(auditEvent()).ExecX(t.Context())
	w.do("owner", `createAccessToken(input: {name: "x", scopes: ["read"]}) { accessToken { id } }`, "createAccessToken", "accessToken", "id")
	return w
}

// auditEvent is the id of an event of the world.
func auditEvent() typeid.Event {
	return typeid.EventFrom(uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057"))
}

// openSession makes a session of a user and returns its id.
func openSession(t *testing.T, s *graphtest.Server, user typeid.Any) string {
	t.Helper()
	return s.DB.Client().Session.Create().SetUserID(typeid.UserFrom(user.UUID())).
		SetExpiresAt(time.Now().UTC().Add(time.Hour).Truncate(time.Second)).SaveX(t.Context()).ID.String()
}

func (w *world) do(viewer, mutation string, path ...any) string {
	w.t.Helper()
	answer := w.Do(w.t, viewer, "mutation { "+mutation+" }", nil)
	id, _ := dig(w.t, answer, path...).(string)
	if id == "" {
		w.t.Fatalf("%s: %s", mutation, answer.Body)
	}
	return id
}

// dig follows names into objects and the first element of lists.
func dig(t *testing.T, answer *graphtest.Answer, path ...any) any {
	t.Helper()
	if answer.Status == http.StatusBadRequest {
		t.Fatalf("the operation is wrong: %s", answer.Body)
	}
	var at any
	if answer.Data != nil {
		if err := json.Unmarshal(answer.Data, &at); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range path {
		if list, ok := at.([]any); ok {
			if len(list) == 0 {
				return nil
			}
			at = list[0]
		}
		object, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = object[name.(string)]
	}
	if list, ok := at.([]any); ok {
		if len(list) == 0 {
			return nil
		}
		return list[0]
	}
	return at
}

// way is one path to an object: FIELDS stands for what is selected on it.
type way struct {
	query string
	path  string // with dots, to the object, its edge or its count
}

// ways are the paths to each object of the world, by the names that the matrix
// has for both.
func (w *world) ways() map[string]map[string]way {
	id := func(name string) string { return fmt.Sprintf("%q", w.ids[name]) }
	object := func(kind, name string) map[string]way {
		return map[string]way{
			"node":  {"{ node(id: " + id(name) + ") { ... on " + kind + " { FIELDS } } }", "node"},
			"nodes": {"{ nodes(ids: [" + id(name) + "]) { ... on " + kind + " { FIELDS } } }", "nodes"},
		}
	}
	all := map[string]map[string]way{
		"user": object("User", "owner"), "published post": object("Post", "published"), "draft": object("Post", "draft"),
		"archived post": object("Post", "archived"), "reply": object("Post", "reply"), "archived reply": object("Post", "hidden reply"),
		"reply to an archived post": object("Post", "reply to withdrawn"),
		"comment":                   object("Comment", "comment on published"), "comment on an archived post": object("Comment", "comment on archived"),
	}
	all["user"]["user"] = way{`{ user(username: "owner") { FIELDS } }`, "user"}
	all["user"]["users.nodes"] = way{`{ users(first: 100) { nodes { FIELDS } } }`, "users.nodes"}
	all["user"]["search"] = way{`{ search(query: "own", type: USER) { nodes { ... on User { FIELDS } } } }`, "search.nodes"}
	all["user"]["Post.author"] = way{`{ post(id: ` + id("published") + `) { author { FIELDS } } }`, "post.author"}
	all["user"]["updatePost.post.author"] = way{`mutation { updatePost(input: {id: ` + id("published") + `, body: "x"}) { post { author { FIELDS } } } }`, "updatePost.post.author"}
	all["published post"]["addComment.comment.post"] = way{`mutation { addComment(input: {postId: ` + id("published") + `, body: "x"}) { comment { post { FIELDS } } } }`, "addComment.comment.post"}
	all["user"]["Comment.author"] = way{`{ node(id: ` + id("comment on published") + `) { ... on Comment { author { FIELDS } } } }`, "node.author"}
	for name, state := range map[string]string{"published post": "PUBLISHED", "draft": "DRAFT", "archived post": "ARCHIVED"} {
		key := strings.TrimSuffix(name, " post")
		filter := `filter: {status: [` + state + `], authorId: ` + id("owner") + `}`
		by := `filter: {status: [` + state + `]}`
		all[name]["post"] = way{"{ post(id: " + id(key) + ") { FIELDS } }", "post"}
		all[name]["posts.nodes"] = way{"{ posts(" + filter + ") { nodes { FIELDS } } }", "posts.nodes"}
		all[name]["posts.edges"] = way{"{ posts(" + filter + ") { edges { node { FIELDS } } } }", "posts.edges.node"}
		all[name]["posts.totalCount"] = way{"{ posts(" + filter + ") { totalCount } }", "posts.totalCount"}
		all[name]["User.posts"] = way{`{ user(username: "owner") { posts(` + by + `) { nodes { FIELDS } } } }`, "user.posts.nodes"}
		all[name]["Tag.posts"] = way{`{ tag(name: "hay") { posts(` + by + `) { nodes { FIELDS } } } }`, "tag.posts.nodes"}
		all[name]["search"] = way{`{ search(query: "needle ` + key + `") { nodes { ... on Post { FIELDS } } } }`, "search.nodes"}
	}
	all["published post"]["Post.parent"] = way{"{ post(id: " + id("reply") + ") { parent { FIELDS } } }", "post.parent"}
	all["published post"]["Comment.post"] = way{"{ node(id: " + id("comment on published") + ") { ... on Comment { post { FIELDS } } } }", "node.post"}
	all["archived post"]["Post.parent"] = way{"{ post(id: " + id("hidden reply") + ") { parent { FIELDS } } }", "post.parent"}
	all["archived post"]["Comment.post"] = way{"{ node(id: " + id("comment on archived") + ") { ... on Comment { post { FIELDS } } } }", "node.post"}
	all["reply"]["Post.replies"] = way{"{ post(id: " + id("published") + ") { replies { nodes { FIELDS } } } }", "post.replies.nodes"}
	all["archived reply"]["Post.replies"] = way{"{ post(id: " + id("archived") + ") { replies { nodes { FIELDS } } } }", "post.replies.nodes"}
	all["archived reply"]["posts.nodes"] = way{"{ posts(filter: {status: [ARCHIVED], includeReplies: true}) { nodes { FIELDS } } }", "posts.nodes"}
	all["reply to an archived post"]["Post.replies"] = way{"{ post(id: " + id("withdrawn") + ") { replies { nodes { FIELDS } } } }", "post.replies.nodes"}
	all["comment"]["Post.comments"] = way{"{ post(id: " + id("published") + ") { comments { nodes { FIELDS } } } }", "post.comments.nodes"}
	all["comment on an archived post"]["Post.comments"] = way{"{ post(id: " + id("archived") + ") { comments { nodes { FIELDS } } } }", "post.comments.nodes"}
	all["comment on an archived post"]["Post.comments.totalCount"] = way{"{ post(id: " + id("archived") + ") { comments { totalCount } } }", "post.comments.totalCount"}
	all["tag"] = map[string]way{
		"tag":        {`{ tag(name: "hay") { FIELDS } }`, "tag"},
		"tags.nodes": {`{ tags { nodes { FIELDS } } }`, "tags.nodes"},
		"search":     {`{ search(query: "ha", type: TAG) { nodes { ... on Tag { FIELDS } } } }`, "search.nodes"},
		"Post.tags":  {`{ post(id: ` + id("published") + `) { tags { FIELDS } } }`, "post.tags"},
	}
	all["tag of a draft"] = map[string]way{
		"tag":        {`{ tag(name: "tag-of-draft") { FIELDS } }`, "tag"},
		"tags.nodes": {`{ tags(prefix: "tag-of-d") { nodes { FIELDS } } }`, "tags.nodes"},
		"search":     {`{ search(query: "tag-of-d", type: TAG) { nodes { ... on Tag { FIELDS } } } }`, "search.nodes"},
		"Post.tags":  {`{ post(id: ` + id("draft") + `) { tags { FIELDS } } }`, "post.tags"},
	}
	all["personal access token"] = map[string]way{
		"User.accessTokens": {`{ user(username: "owner") { accessTokens { FIELDS } } }`, "user.accessTokens"},
	}
	all["session"] = map[string]way{
		"User.sessions": {`{ user(username: "owner") { sessions { FIELDS } } }`, "user.sessions"},
	}
	all["audit event"] = map[string]way{
		"node":                   {fmt.Sprintf("{ node(id: %q) { ... on AuditEvent { FIELDS } } }", auditEvent()), "node"},
		"nodes":                  {fmt.Sprintf("{ nodes(ids: [%q]) { ... on AuditEvent { FIELDS } } }", auditEvent()), "nodes"},
		"auditEvents.nodes":      {`{ auditEvents { nodes { FIELDS } } }`, "auditEvents.nodes"},
		"auditEvents.totalCount": {`{ auditEvents { totalCount } }`, "auditEvents.totalCount"},
	}
	return all
}

// kinds are the types of the matrix' objects.
func kinds() map[string]string {
	return map[string]string{
		"user": "User", "published post": "Post", "draft": "Post", "archived post": "Post", "reply": "Post", "archived reply": "Post",
		"reply to an archived post": "Post", "tag of a draft": "Tag",
		"comment": "Comment", "comment on an archived post": "Comment", "tag": "Tag", "personal access token": "AccessToken",
		"audit event": "AuditEvent", "session": "Session",
	}
}

// selection selects every field of a type, of objects their type's name.
func selection(schema *ast.Schema, kind string) string {
	var b strings.Builder
	for _, f := range schema.Types[kind].Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		b.WriteString(f.Name)
		if schema.Types[f.Type.Name()].IsCompositeType() {
			b.WriteString(" { __typename }")
		}
		b.WriteByte(' ')
	}
	return b.String()
}
