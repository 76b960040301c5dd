package content_test

import (
	"fmt"
	"testing"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/markup"
)

// TestRerender meets more posts of an older renderer than fit into a portion.
func TestRerender(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		author := f.User("author", "USER")
		for i := range 230 {
			p := f.Post(author, fmt.Sprint("Post ", i), post.StatusPUBLISHED)
			change := db.Client().Post.UpdateOne(p).SetBody("*new*").SetBodyHTML("<p>old</p>").SetUpdatedAt(p.UpdatedAt)
			if i%10 == 0 {
				change.SetHTMLVersion(markup.Version)
			} else {
				change.SetHTMLVersion(0)
			}
			change.ExecX(t.Context())
		}
		before := db.Client().Post.Query().Order(post.ByID()).AllX(t.Context())
		for _, want := range []int{207, 0} {
			if got, err := content.Rerender(t.Context(), db); err != nil || got != want {
				t.Errorf("rendered %d, want %d; error %v", got, want, err)
			}
		}
		for i, p := range db.Client().Post.Query().Order(post.ByID()).AllX(t.Context()) {
			want := "<p><em>new</em></p>\n"
			if i%10 == 0 {
				want = "<p>old</p>" // of this renderer, as far as it says
			}
			if p.BodyHTML != want || p.HTMLVersion != markup.Version || !p.UpdatedAt.Equal(before[i].UpdatedAt) {
				t.Fatalf("post %d: %q of version %d, updated %v, want %v", i, p.BodyHTML, p.HTMLVersion, p.UpdatedAt, before[i].UpdatedAt)
			}
		}
	})
}
