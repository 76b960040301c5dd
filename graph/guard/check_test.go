package guard_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/graph/guard"
)

const directives = `
directive @authenticated on FIELD_DEFINITION | OBJECT
directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT
directive @hasRole(role: String!) on FIELD_DEFINITION | OBJECT
directive @open on FIELD_DEFINITION
directive @alone on FIELD_DEFINITION
directive @hashesPassword on FIELD_DEFINITION
directive @idempotent on FIELD_DEFINITION
`

func TestCheck(t *testing.T) {
	for name, tt := range map[string]struct{ sdl, want string }{
		"nullable field":        {`type Query { a: Int @authenticated }`, ""},
		"non-null field":        {`type Query { a: Int! @authenticated }`, "Query.a is guarded and cannot be null"},
		"non-null list":         {`type Query { a: [Int]! @requiresScopes(scopes: [["x"]]) }`, "Query.a is guarded and cannot be null"},
		"deep field":            {`type Query { t: T } type T { b: Int! @hasRole(role: "ADMIN") }`, "T.b is guarded"},
		"guarded mutation":      {`type Query { a: Int } type Mutation { m: Int! @authenticated }`, ""},
		"unguarded mutation":    {`type Query { a: Int } type Mutation { m: Int! }`, "the mutation m needs either a guard or @open"},
		"open mutation":         {`type Query { a: Int } type Mutation { m: Int! @open }`, ""},
		"open and guarded":      {`type Query { a: Int } type Mutation { m: Int! @open @authenticated }`, "needs either a guard or @open"},
		"password":              {`type Query { a: Int } type Mutation { m: Int! @open @alone @hashesPassword }`, ""},
		"password not alone":    {`type Query { a: Int } type Mutation { m: Int! @open @hashesPassword }`, "say @alone too"},
		"idempotent":            {`type Query { a: Int } type Mutation { m: Int! @idempotent @authenticated }`, ""},
		"idempotent outside":    {`type Query { a: Int } type Mutation { m: Int! @authenticated @idempotent }`, "after its guard"},
		"idempotent and open":   {`type Query { a: Int } type Mutation { m: Int! @idempotent @open }`, "cannot be idempotent"},
		"idempotent query":      {`type Query { a: Int @idempotent }`, "for mutations only"},
		"open query":            {`type Query { a: Int @open }`, "Query.a has a directive that is for mutations only"},
		"guarded type":          {`type Query { t: T l: [T!] } type T @authenticated { b: Int! }`, ""},
		"guarded type non-null": {`type Query { t: T! } type T @authenticated { b: Int! }`, "Query.t cannot be null and returns T"},
		"guarded type in list":  {`type Query { t: [T!]! } type T @authenticated { b: Int! }`, "Query.t cannot be null"},
		"behind an interface":   {`type Query { i: I } interface I { b: Int } type T implements I @authenticated { b: Int }`, "reached through I"},
		"behind a union":        {`type Query { u: U } union U = T type T @authenticated { b: Int }`, "reached through U"},
		"on an interface":       {`type Query { i: I } interface I { b: Int @authenticated } type T implements I { b: Int }`, "guarded on an interface"},
	} {
		t.Run(name, func(t *testing.T) {
			schema, err := gqlparser.LoadSchema(&ast.Source{Input: directives + tt.sdl})
			if err != nil {
				t.Fatal(err)
			}
			switch err := guard.Check(schema); {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
