package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

// TestPublicFieldsAreTheSameForAll asks for all fields that are not PRIVATE, of
// objects that everybody sees, as each viewer: a field that depends on who asks
// must say @cacheControl(scope: PRIVATE), or caches would give one viewer's to
// another.
func TestPublicFieldsAreTheSameForAll(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		author := f.User("author", auth.RoleUser)
		for name, role := range map[string]auth.Role{"stranger": auth.RoleUser, "moderator": auth.RoleModerator, "admin": auth.RoleAdmin} {
			f.User(name, role)
		}
		p := f.Post(author, "Post", post.StatusPUBLISHED)
		f.Tag("tag", p)
		ids := map[string]string{
			"User": author.ID.String(), "Post": p.ID.String(), "Comment": f.Comment(author, p, "Comment").ID.String(),
			"Tag": f.Tag("other", p).ID.String(),
		}
		s := graphtest.Start(t, db)
		schema := graphtest.BreadthFirst(nil, nil, nil).Schema()
		for _, node := range schema.PossibleTypes["Node"] {
			id, public := ids[node.Name]
			if !public {
				if node.Directives.ForName("cacheControl") != nil {
					t.Errorf("%s may be kept: give the test an object of it that everybody sees", node.Name)
				}
				continue
			}
			query := fmt.Sprintf("{ node(id: %q) { ... on %s %s } }", id, node.Name, publicFields(schema, node.Name))
			want := s.Get(t, "", query, nil, nil)
			for _, viewer := range []string{"stranger", "author", "moderator", "admin"} {
				if got := s.Get(t, viewer, query, nil, nil); string(got.Data) != string(want.Data) {
					t.Errorf("%s sees another %s than nobody:\n%s\n%s", viewer, node.Name, got.Data, want.Data)
				}
			}
		}
	})
}

// publicFields selects the fields of a type that are kept for all, but for those
// that are objects of another type.
func publicFields(schema *ast.Schema, name string) string {
	var fields []string
	for _, f := range schema.Types[name].Fields {
		if schema.Types[f.Type.Name()].IsCompositeType() {
			continue
		}
		if d := f.Directives.ForName("cacheControl"); d == nil || d.Arguments.ForName("scope") == nil {
			fields = append(fields, f.Name)
		}
	}
	return "{ " + strings.Join(fields, " ") + " }"
}
