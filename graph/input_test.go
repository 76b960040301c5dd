package graph_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/operation"
)

// TestBadInput sends what is wrong in each way; each is refused with
// BAD_USER_INPUT and the path of what is at fault.
func TestBadInput(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice := f.User("alice", auth.RoleUser)
		p := f.Post(alice, "A post", post.StatusPUBLISHED)
		reply := f.Reply(alice, p, post.StatusPUBLISHED)
		draft := f.Post(alice, "A draft", post.StatusDRAFT)
		s := graphtest.Start(t, db)
		var cursors struct {
			Posts struct{ PageInfo struct{ EndCursor string } }
		}
		s.Get(t, "", `{ posts { pageInfo { endCursor } } }`, nil, &cursors)
		cursor := cursors.Posts.PageInfo.EndCursor

		emoji := strings.Repeat("🧵", 10_000)
		for name, tt := range map[string]struct{ query, path string }{
			"IDOfAnotherType":       {fmt.Sprintf(`{ post(id: %q) { id } }`, alice.ID), "id"},
			"IDTruncated":           {fmt.Sprintf(`{ post(id: %q) { id } }`, p.ID.String()[:20]), "id"},
			"IDAlphabet":            {`{ node(id: "post_01h455vb4pex5vsknk084sn0lu") { id } }`, "id"},
			"IDUnknownType":         {`{ node(id: "page_01h455vb4pex5vsknk084sn02q") { id } }`, "id"},
			"IDUUID":                {`{ node(id: "01890a5d-ac96-774b-bcce-b302099a8057") { id } }`, "id"},
			"IDNumber":              {`{ post(id: 7) { id } }`, "id"},
			"IDInList":              {fmt.Sprintf(`{ nodes(ids: [%q, "x"]) { id } }`, p.ID), "ids.1"},
			"IDInFilter":            {fmt.Sprintf(`{ posts(filter: {authorId: %q}) { nodes { id } } }`, p.ID), "filter.authorId"},
			"CursorEdited":          {fmt.Sprintf(`{ posts(after: %q) { nodes { id } } }`, cursor[:len(cursor)-2]+"AA"), "after"},
			"CursorOfAnotherList":   {fmt.Sprintf(`{ user(username: "alice") { posts(after: %q) { nodes { id } } } }`, cursor), "after"},
			"CursorOfAnotherOrder":  {fmt.Sprintf(`{ posts(before: %q, orderBy: {field: SCORE, direction: ASC}) { nodes { id } } }`, cursor), "before"},
			"FirstNegative":         {`{ posts(first: -1) { nodes { id } } }`, "first"},
			"FirstTooLarge":         {`{ users(first: 101) { nodes { id } } }`, "first"},
			"FirstWithLast":         {`{ tags(first: 1, last: 1) { nodes { id } } }`, "last"},
			"NestedFirst":           {`{ users { nodes { comments(first: 1000) { nodes { id } } } } }`, "first"},
			"UserByNothing":         {`{ user { id } }`, "id"},
			"UserByBoth":            {fmt.Sprintf(`{ user(id: %q, username: "alice") { id } }`, alice.ID), "id"},
			"PublishedOrderOfDraft": {`{ posts(filter: {status: [DRAFT]}, orderBy: {field: PUBLISHED_AT, direction: ASC}) { nodes { id } } }`, "orderBy.field"},
			"NoStatus":              {`{ posts(filter: {status: []}) { nodes { id } } }`, "filter.status"},
			"TooManyTags":           {`{ posts(filter: {tags: ["a","b","c","d","e","f","g","h","i","j","k"]}) { nodes { id } } }`, "filter.tags"},
			"Time":                  {`{ posts(filter: {createdFrom: "yesterday"}) { nodes { id } } }`, "filter.createdFrom"},
			"SearchNothing":         {`{ search(query: " ") { totalCount } }`, "query"},
			"SearchOnlyAbsent":      {`{ search(query: "-beer") { totalCount } }`, "query"},
			"SearchTooLong":         {`{ search(query: "` + strings.Repeat("x", 201) + `") { totalCount } }`, "query"},
			"SearchNUL":             {`{ search(query: "a\u0000b") { totalCount } }`, ""},
			"UsernameNUL":           {`{ user(username: "a\u0000b") { id } }`, ""},
			"TagTooLong":            {`{ tag(name: "` + strings.Repeat("x", 10_000) + `") { id } }`, "name"},
			"TitleEmpty":            {`mutation { createPost(input: {title: " ", body: "x"}) { post { id } } }`, "input.title"},
			"TitleOfEmoji":          {`mutation { createPost(input: {title: "` + emoji + `", body: "x"}) { post { id } } }`, "input.title"},
			"TitleNUL":              {`mutation { createPost(input: {title: "a\u0000", body: "x"}) { post { id } } }`, ""},
			"TitleOfTwoLines":       {`mutation { createPost(input: {title: "a\nb", body: "x"}) { post { id } } }`, "input.title"},
			"TagOfSpaces":           {`mutation { createPost(input: {title: "a", body: "x", tags: ["good", "not good"]}) { post { id } } }`, "input.tags.1"},
			"CommentEmpty":          {fmt.Sprintf(`mutation { addComment(input: {postId: %q, body: ""}) { comment { id } } }`, p.ID), "input.body"},
			"CommentOnDraft":        {fmt.Sprintf(`mutation { addComment(input: {postId: %q, body: "x"}) { comment { id } } }`, draft.ID), "input.postId"},
			"ReplyToReply":          {fmt.Sprintf(`mutation { replyToPost(input: {postId: %q, body: "x"}) { post { id } } }`, reply.ID), "input.postId"},
			"TitleOfReply":          {fmt.Sprintf(`mutation { updatePost(input: {id: %q, title: "x"}) { post { id } } }`, reply.ID), "input.title"},
			"TagsOfReply":           {fmt.Sprintf(`mutation { setPostTags(input: {id: %q, tags: ["x"]}) { post { id } } }`, reply.ID), "input.id"},
		} {
			t.Run(name, func(t *testing.T) {
				answer := s.Do(t, "alice", tt.query, nil)
				if code := answer.Code(t); code != "BAD_USER_INPUT" {
					t.Fatalf("code %q, want BAD_USER_INPUT: %.400s", code, answer.Body)
				}
				fault := answer.Errors[0]
				// The transport refuses a document that holds a NUL, without a field.
				if tt.path != "" && (len(fault.Extensions.Fields) != 1 || fault.Extensions.Fields[0].Path != tt.path) {
					t.Errorf("fields %+v, want %s", fault.Extensions.Fields, tt.path)
				}
				if len(answer.Body) > 2_000 {
					t.Errorf("the answer has %d bytes", len(answer.Body))
				}
				if fault.Extensions.RequestID == "" {
					t.Error("the error has no request id")
				}
			})
		}
	})
}

// TestSQLInEveryString sends SQL where text goes: it is text.
func TestSQLInEveryString(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		f.User("alice", auth.RoleUser)
		s := graphtest.Start(t, db)
		const evil = `x'); DROP TABLE posts; --`
		var made struct {
			CreatePost struct {
				Post struct{ ID, Title, Body string }
			}
		}
		s.Get(t, "alice", `mutation ($t: String!) { createPost(input: {title: $t, body: $t, publish: true}) { post { id title body } } }`,
			map[string]any{"t": evil}, &made)
		if made.CreatePost.Post.Title != evil || made.CreatePost.Post.Body != evil {
			t.Errorf("came back as %+v", made)
		}
		s.Get(t, "alice", `query ($t: String!) {
			user(username: $t) { id } tag(name: $t) { id } tags(prefix: $t) { totalCount }
			posts(filter: {tags: [$t]}) { totalCount nodes { id } }
			search(query: $t) { totalCount } users: search(query: $t, type: USER) { totalCount }
		}`, map[string]any{"t": evil}, nil)
		var found struct{ Posts struct{ TotalCount int } }
		if s.Get(t, "", `{ posts { totalCount } }`, nil, &found); found.Posts.TotalCount != 1 {
			t.Errorf("%d posts are left, want 1", found.Posts.TotalCount)
		}
	})
}

// A variable that the operation does not declare is none of its arguments,
// whatever its name.
func TestUndeclaredVariable(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice := f.User("alice", auth.RoleUser)
		s := graphtest.Start(t, db)
		var got struct{ User struct{ Username string } }
		s.Get(t, "", `query ($id: ID!) { user(id: $id) { username } }`, map[string]any{"id": alice.ID.String(), "username": "bob"}, &got)
		if got.User.Username != "alice" {
			t.Errorf("got %q", got.User.Username)
		}
	})
}

// A list of faulty elements, taken by each of many objects and aliases, is
// answered in proportion to what was sent.
func TestManyFaultsStaySmall(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		for i := range 100 {
			f.User(fmt.Sprintf("user%d", i), auth.RoleUser)
		}
		s := graphtest.Start(t, db)
		var query strings.Builder
		query.WriteString(`query ($t: [String!]) { users(first: 100) { nodes {`)
		for i := range 20 {
			fmt.Fprintf(&query, ` a%d: posts(first: 0, filter: {tags: $t}) { totalCount }`, i)
		}
		query.WriteString(` } } }`)
		for name, tags := range map[string]int{"AllThatAreTaken": 10, "Thousands": 16_000} {
			t.Run(name, func(t *testing.T) {
				answer := s.Do(t, "", query.String(), map[string]any{"t": make([]string, tags)})
				if len(answer.Errors) == 0 || answer.Errors[0].Extensions.Code != "BAD_USER_INPUT" {
					t.Fatalf("want BAD_USER_INPUT: %.400s", answer.Body)
				}
				if len(answer.Body) > 512<<10 {
					t.Errorf("the answer has %d bytes", len(answer.Body))
				}
				if n := bytes.Count(answer.Body, []byte(`"path":"filter.tags.1"`)); n > 20 {
					t.Errorf("the second fault is listed %d times, want once for each of the 20 fields", n)
				}
			})
		}
	})
}

// The errors of an answer count as its data does.
func TestErrorsHaveBytes(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		for i := range 100 {
			f.User(fmt.Sprintf("user%d", i), auth.RoleUser)
		}
		const query = `{ users(first: 100) { nodes { a: posts(first: -1) { totalCount } b: posts(first: -1) { totalCount } } } }`
		answer := s.Do(t, "", query, nil)
		if len(answer.Errors) < 100 {
			t.Fatalf("%d errors", len(answer.Errors))
		}
		size := len(answer.Body)
		small := graphtest.Start(t, s.DB, graphtest.WithLimits(operation.Limits{Bytes: size / 2}))
		answer = small.Do(t, "", query, nil)
		if len(answer.Errors) != 1 || answer.Errors[0].Extensions.Code != "COST_LIMIT_EXCEEDED" || !strings.Contains(answer.Errors[0].Message, "data and errors") {
			t.Errorf("an answer of %d bytes where %d are allowed: %.300s", size, size/2, answer.Body)
		}
		enough := graphtest.Start(t, s.DB, graphtest.WithLimits(operation.Limits{Bytes: size}))
		if answer = enough.Do(t, "", query, nil); len(answer.Errors) < 100 {
			t.Errorf("an answer of as many bytes as are allowed: %.300s", answer.Body)
		}
	})
}
