package main

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/entity"
)

// TestAgree changes one thing at a time in a type that agrees with its entity.
func TestAgree(t *testing.T) {
	note := entity.Object{Name: "Note", Members: []entity.Member{
		{Name: "author", Kind: entity.Edge, Target: "User", Null: true},
		{Name: "body", Scalar: "String"},
		{Name: "hash"}, // of bytes
		{Name: "id", Scalar: "ID"},
		{Name: "kind", Enum: "note.Kind", Values: []string{"LONG", "SHORT"}},
		{Name: "long", Kind: entity.Computed},
		{Name: "readAt", Scalar: "Time", Null: true},
		{Name: "users", Kind: entity.Edge, Target: "User", Many: true},
	}}
	const sdl = `scalar Time
interface Node { id: ID! }
enum Kind { LONG SHORT }
type User { name: String }
type UserConnection { totalCount: Int }
type Note implements Node {
  id: ID!
  body: String!
  kind: Kind!
  long: Boolean
  readAt: Time
  author: User
  users: UserConnection
}
type Query { node: Node }`
	for name, tt := range map[string]struct{ old, new, want string }{
		"agrees":              {"", "", ""},
		"list":                {"users: UserConnection", "users: [User!]!", ""},
		"required edge":       {"author: User", "author: User!", "x.graphqls:12: Note.author is User! here, and not every row has the edge: make it User, or the edge Required"},
		"edge to another":     {"author: User", "author: Note", "Note.author is Note here, and the edge leads to one User"},
		"edge to many":        {"author: User", "author: [User!]", "leads to one User"},
		"edge to one":         {"users: UserConnection", "users: User", "is User here, and the edge leads to many of User: make it a UserConnection, or a [User!]!"},
		"may not be null":     {"body: String!", "body: String", "x.graphqls:8: Note.body is String here, and the column makes it String!: write String!, or make the column Optional and Nillable"},
		"may be null":         {"readAt: Time", "readAt: Time!", "Note.readAt is Time! here, and the column makes it Time: write Time, or take Optional and Nillable from the column"},
		"scalar":              {"body: String!", "body: Int!", `Note.body is Int! here, and the column makes it String!: write String!, or say entity.Field("body", …) and write its resolver`},
		"no scalar":           {"long: Boolean", "long: Boolean hash: String!", "Note.hash is a column of a type that GraphQL has no scalar for"},
		"no column":           {"long: Boolean", "long: Boolean short: Boolean", `Note.short is no column or edge of the entity (ent/schema): add it there, or say entity.Field("short", the columns it is made of)`},
		"no enum":             {"kind: Kind!", "kind: String!", "Note.kind is String! here, and the column is an enum: make it an enum of LONG, SHORT"},
		"null enum":           {"kind: Kind!", "kind: Kind", "the column makes it Kind!: write Kind!, or make the column Optional"},
		"value missing":       {"LONG SHORT }", "LONG }", "Note.kind may be SHORT: add it to enum Kind (graph/x.graphqls:3)"},
		"value never":         {"LONG SHORT }", "LONG SHORT NONE }", "Note.kind is never NONE: take it from enum Kind"},
		"no node":             {"Note implements Node", "Note", "the entity Note says entity.Node(): write `type Note implements Node` in graph/schema"},
		"no entity":           {"type User {", "type User implements Node { id: ID!", "x.graphqls:4: type User implements Node, and ent/schema has no such node: say entity.Node()"},
		"connection not made": {"users: UserConnection", "users: CatConnection", "entity.ListUnder"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(sdl, tt.old) {
				t.Fatalf("the schema has no %q", tt.old)
			}
			schema, err := gqlparser.LoadSchema(&ast.Source{Name: "x.graphqls", Input: strings.Replace(sdl, tt.old, tt.new, 1)})
			got := ""
			if err != nil {
				got = err.Error() + hint(err)
			} else if err := agree(schema, []entity.Object{note}); err != nil {
				got = err.Error()
			}
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestEntitySources finds a field, one of a mixin by its entity, and an edge.
func TestEntitySources(t *testing.T) {
	at := entitySources("../../ent/schema")
	for member, want := range map[string]string{"publishedAt": "post.go:", "author": "post.go:", "createdAt": at.entity("Post")} {
		if got := at.member("Post", member); !strings.Contains(got, want) || !strings.HasPrefix(got, "ent/schema/") {
			t.Errorf("Post.%s is at %s", member, got)
		}
	}
	for _, o := range table.Objects() {
		if at.entity(o.Name) == "ent/schema" {
			t.Errorf("%s has no place", o.Name)
		}
	}
}
