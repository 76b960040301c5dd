package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/graphtest"
)

// TestPermissions tries docs/permissions.md: every field of every type, by
// every path, as every viewer, on both stores and both executors.
func TestPermissions(t *testing.T) {
	m := readMatrix(t)
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		w := newWorld(t, s)
		schema := graph.NewSchema(content.New(s.DB), graphtest.Accounts(t, s.DB), nil).Schema()
		fields := map[string]map[string]string{}
		for _, row := range m["Fields"] {
			fields[row["field"]] = row
		}
		ways := w.ways()
		tried := map[string]bool{}
		for _, row := range m["Objects"] {
			object, kind := row["object"], kinds()[row["object"]]
			for path := range strings.SplitSeq(row["paths"], ", ") {
				way, ok := ways[object][path]
				if !ok {
					t.Errorf("the matrix has %s by %s, which is no path", object, path)
					continue
				}
				tried[object+" by "+path] = true
				query := strings.Replace(way.query, "FIELDS", selection(schema, kind), 1)
				see := func(viewer string) any {
					var path []any
					for part := range strings.SplitSeq(way.path, ".") {
						path = append(path, part)
					}
					return dig(t, s.Do(t, viewer, query, nil), path...)
				}
				everything, _ := see("owner").(map[string]any)
				if everything == nil {
					everything, _ = see("admin").(map[string]any)
				}
				for column, viewer := range viewers() {
					got := see(viewer)
					seen := got != nil && got != float64(0)
					if seen != (row[column] == "seen") {
						t.Errorf("%s by %s as %s: seen is %v, the matrix says %s", object, path, column, seen, row[column])
						continue
					}
					found, ok := got.(map[string]any)
					if !ok {
						continue
					}
					for name, value := range found {
						want := everything[name]
						if cell := fields[kind+"."+name][column]; cell != "yes" {
							if err := json.Unmarshal([]byte(cell), &want); err != nil {
								t.Fatalf("the cell %q of %s.%s is neither yes nor a value", cell, kind, name)
							}
						}
						if diff := cmp.Diff(want, value); diff != "" {
							t.Errorf("%s.%s of %s by %s as %s (-want +got):\n%s", kind, name, object, path, column, diff)
						}
					}
				}
			}
		}
		for object, paths := range ways {
			for path := range paths {
				if !tried[object+" by "+path] {
					t.Errorf("the matrix lacks %s by %s", object, path)
				}
			}
		}
	})
}

// TestMatrixHasEveryField fails for each field of the schema that the matrix
// does not have, and the other way round.
func TestMatrixHasEveryField(t *testing.T) {
	m := readMatrix(t)
	listed := map[string]int{}
	for _, row := range m["Fields"] {
		listed[row["field"]]++
	}
	for _, row := range m["Plain types"] {
		for field := range strings.SplitSeq(row["fields"], ", ") {
			listed[row["type"]+"."+field]++
		}
	}
	for _, heading := range []string{"Mutations", "Root fields"} {
		for _, row := range m[heading] {
			listed[row["field"]] = 1
		}
	}
	schema := graph.NewSchema(&content.Content{}, &account.Accounts{}, nil).Schema()
	for name, def := range schema.Types {
		if def.Kind != ast.Object || strings.HasPrefix(name, "__") || isPart(def) {
			continue
		}
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			key := name + "." + f.Name
			if listed[key] != 1 {
				t.Errorf("%s stands %d times in docs/permissions.md: say under %s who may", key, listed[key], section(schema, def))
			}
			delete(listed, key)
		}
	}
	for key := range listed {
		t.Errorf("docs/permissions.md has %s, which the schema has not", key)
	}
}

// isPart tells connections, edges and payloads: whoever gets one sees all of it.
func isPart(def *ast.Definition) bool {
	return slices.ContainsFunc([]string{"Connection", "Edge", "Payload"}, func(s string) bool { return strings.HasSuffix(def.Name, s) })
}

// section is where a type's fields stand.
func section(schema *ast.Schema, def *ast.Definition) string {
	switch def {
	case schema.Query, schema.Subscription:
		return "Root fields"
	case schema.Mutation:
		return "Mutations"
	default:
		return "Fields, or Plain types"
	}
}

// TestMutationPermissions tries every mutation of the matrix as every viewer,
// on an object of its own each time.
func TestMutationPermissions(t *testing.T) {
	m := readMatrix(t)
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		for _, row := range m["Mutations"] {
			for column, viewer := range viewers() {
				w := fresh(t, s, row["on"])
				name := strings.TrimPrefix(row["field"], "Mutation.")
				answer := s.Do(t, w.names[viewer], "mutation { "+strings.ReplaceAll(sample(name), "ID", w.id)+" }", nil)
				got := "yes"
				if len(answer.Errors) > 0 {
					got = answer.Errors[0].Extensions.Code
				}
				if got != row[column] {
					t.Errorf("%s on %s as %s: got %s, the matrix says %s\n%s", name, row["on"], column, got, row[column], answer.Body)
				}
			}
		}
	})
}

// target is an object made for one try, and the users who try.
type target struct {
	id    string
	names map[string]string // user names by viewer
}

// fresh makes users and an object of the owner's: "a draft", "a comment", …
func fresh(t *testing.T, s *graphtest.Server, what string) target {
	t.Helper()
	f := graphtest.NewFixture(t, s.DB)
	n := s.DB.Client().User.Query().CountX(t.Context())
	tried := target{names: map[string]string{"": ""}}
	for name, role := range map[string]auth.Role{
		"owner": auth.RoleUser, "stranger": auth.RoleUser, "moderator": auth.RoleModerator, "admin": auth.RoleAdmin,
	} {
		unique := fmt.Sprintf("%s-%d", name, n)
		u := f.User(unique, role)
		tried.names[name] = unique
		if name == "owner" {
			tried.id = u.ID.String()
		}
	}
	w := &world{s, t, nil}
	owner := tried.names["owner"]
	post := func(publish bool) string {
		return w.do(owner, fmt.Sprintf(`createPost(input: {title: "x", body: "x", publish: %v}) { post { id } }`, publish), "createPost", "post", "id")
	}
	switch what {
	case "nothing", "the owner":
	case "a published post":
		tried.id = post(true)
	case "a draft":
		tried.id = post(false)
	case "an archived post":
		tried.id = w.do(owner, fmt.Sprintf(`archivePost(input: {id: %q}) { post { id } }`, post(true)), "archivePost", "post", "id")
	case "a comment":
		tried.id = w.do(owner, fmt.Sprintf(`addComment(input: {postId: %q, body: "x"}) { comment { id } }`, post(true)), "addComment", "comment", "id")
	case "a session":
		id, err := typeid.Parse(tried.id)
		if err != nil {
			t.Fatal(err)
		}
		tried.id = openSession(t, s, id)
	case "a token":
		tried.id = w.do(owner, `createAccessToken(input: {name: "x", scopes: ["read"]}) { accessToken { id } }`, "createAccessToken", "accessToken", "id")
	default:
		t.Fatalf("docs/permissions.md tries on %q, which the test cannot make", what)
	}
	return tried
}

// TestScopePermissions tries what personal access tokens may do.
func TestScopePermissions(t *testing.T) {
	m := readMatrix(t)
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		for _, row := range m["Scopes"] {
			name := strings.TrimPrefix(row["field"], "Mutation.")
			for _, scope := range auth.AllScopes.Names() {
				w := fresh(t, s, row["on"])
				as := w.names["owner"]
				if row["as"] == "admin" {
					as = w.names["admin"]
				}
				token := (&world{s, t, nil}).do(as, fmt.Sprintf(`createAccessToken(input: {name: "x", scopes: [%q]}) { token }`, scope), "createAccessToken", "token")
				answer := s.Bearer(t, token, "mutation { "+strings.ReplaceAll(sample(name), "ID", w.id)+" }", nil)
				got := "yes"
				if len(answer.Errors) > 0 {
					got = answer.Errors[0].Extensions.Code
				}
				if got != row[scope] {
					t.Errorf("%s with the scope %s: got %s, the matrix says %s\n%s", name, scope, got, row[scope], answer.Body)
				}
			}
		}
		var listed []string
		for _, row := range m["Scopes"] {
			listed = append(listed, strings.TrimPrefix(row["field"], "Mutation."))
		}
		for _, f := range graphtest.BreadthFirst(nil, nil, nil).Schema().Mutation.Fields {
			if f.Directives.ForName("open") == nil && !slices.Contains(listed, f.Name) {
				t.Errorf("docs/permissions.md does not say under Scopes which one %s needs", f.Name)
			}
		}
	})
}
