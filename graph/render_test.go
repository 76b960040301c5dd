package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/markup"
)

// TestBodyHTMLIsKept writes posts and reads what is shown of them: as it was
// kept, or anew where another renderer made it.
func TestBodyHTMLIsKept(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		author := f.User("author", "USER")
		written := s.Get(t, "author", `mutation { createPost(input: {title: "A", body: "*one*", publish: true}) { post { bodyHtml } } }`, nil, nil)
		if !strings.Contains(string(written.Data), "<em>one</em>") {
			t.Errorf("written: %s", written.Data)
		}
		made := s.DB.Client().Post.Query().OnlyX(t.Context())
		if made.HTMLVersion != markup.Version || !strings.Contains(made.BodyHTML, "<em>one</em>") {
			t.Errorf("kept: %q of version %d", made.BodyHTML, made.HTMLVersion)
		}
		s.Get(t, "author", `mutation ($id: ID!) { updatePost(input: {id: $id, body: "*two*"}) { post { id } } }`, map[string]any{"id": made.ID.String()}, nil)
		if made = s.DB.Client().Post.GetX(t.Context(), made.ID); !strings.Contains(made.BodyHTML, "<em>two</em>") {
			t.Errorf("kept after the update: %q", made.BodyHTML)
		}
		s.DB.Client().Post.UpdateOne(made).SetBodyHTML("<p>kept</p>").ExecX(t.Context())
		old := f.Post(author, "B", post.StatusPUBLISHED)
		s.DB.Client().Post.UpdateOne(old).SetBody("*three*").SetBodyHTML("<p>of an older renderer</p>").SetHTMLVersion(0).ExecX(t.Context())
		answer := string(s.Get(t, "", `{ posts { nodes { bodyHtml again: bodyHtml } } }`, nil, nil).Data)
		if strings.Count(answer, `\u003cp\u003ekept`)+strings.Count(answer, "<p>kept</p>") != 2 || strings.Count(answer, "three") != 2 || strings.Contains(answer, "older renderer") {
			t.Errorf("read: %s", answer)
		}
	})
}

// TestRenderingIsBounded asks for more bodies of an older renderer than an
// operation may have rendered.
func TestRenderingIsBounded(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		author := f.User("author", "USER")
		for i := range 60 {
			p := f.Post(author, fmt.Sprint("Post ", i), post.StatusPUBLISHED)
			s.DB.Client().Post.UpdateOne(p).SetBody(fmt.Sprint(i, " ", strings.Repeat("word ", 8_000))).SetHTMLVersion(0).ExecX(t.Context())
		}
		if code := s.Do(t, "", `{ posts(first: 60) { nodes { bodyHtml } } }`, nil).Code(t); code != string(apperr.CostLimitExceeded) {
			t.Errorf("60 bodies: %q", code)
		}
		s.Get(t, "", `{ posts(first: 40) { nodes { bodyHtml } } }`, nil, nil)
	})
}
