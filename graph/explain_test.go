package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/graphtest"
)

// TestStatementsHavePlaces wants of each statement the level and all the fields
// that asked for it, on both stores and executors.
func TestStatementsHavePlaces(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		ada, grace := f.User("ada", auth.RoleUser), f.User("grace", auth.RoleUser)
		f.Post(ada, "First", post.StatusPUBLISHED)
		f.Post(grace, "Second", post.StatusPUBLISHED)
		for query, want := range map[string]string{
			`{ list: posts { nodes { title by: author { name } owner: author { name } tags { name } } } }`:        "Posts 0 [list], TagsByPost 1 [list.nodes.tags], UserByID 1 [list.nodes.by list.nodes.owner]",
			`{ posts { totalCount } tags { nodes { name } } }`:                                                    "PostCount 1 [posts.totalCount], Tags 0 [tags]",
			`mutation { one: createPost(input: {title: "T", body: "B"}) { post { comments { nodes { id } } } } }`: "CommentsByPost 1 [one.post.comments], createPost 0 [one]",
		} {
			var got []string
			answer := s.Do(t, "ada", query, nil)
			if answer.Errors != nil {
				t.Errorf("%s: %s", query, answer.Body)
			}
			for _, statement := range answer.Extensions.Explain.Statements {
				if statement.Loader != "viewer" {
					got = append(got, fmt.Sprint(statement.Loader, " ", statement.Level, " ", statement.Paths))
				}
			}
			slices.Sort(got)
			if got := strings.Join(slices.Compact(got), ", "); got != want {
				t.Errorf("%s\n got %s\nwant %s", query, got, want)
			}
		}
	})
}
