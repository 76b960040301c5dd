package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/statement"
)

const testSDL = `
directive @goField(forceResolver: Boolean) on FIELD_DEFINITION

"The root of all reading."
type Query {
  "Says hello."
  hello: String! @goField(forceResolver: true)
  echo(text: String, count: Int, ratio: Float, flag: Boolean, id: ID, color: Color, tags: [String!], input: EchoInput): String
  text(bytes: Int!): String!
  fail(code: String, cause: String): String
  panic: String
  "Waits until the request ends."
  wait: String
  statements(count: Int!): Int
  node: Node
  edges: [Node]
  nodes: [Node]
}
input EchoInput { title: String! size: Int = 3 colors: [Color!] }
enum Color { RED GREEN }
type Node { id: ID! node: Node nodes: [Node] edges: [Node] child: Node name(case: Color): String }
type Mutation { change(text: String): String }
type Subscription { tick: String }
`

// testSchema resolves testSDL without generated code. It spreads a fragment
// whatever its type condition is, and every Node is empty.
type testSchema struct {
	schema *ast.Schema
	fields map[string]func(ctx context.Context, args map[string]any) (any, error)
}

func newSchema(t testing.TB) *testSchema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "test.graphqls", Input: testSDL})
	if err != nil {
		t.Fatal(err)
	}
	constant := func(v any) func(context.Context, map[string]any) (any, error) {
		return func(context.Context, map[string]any) (any, error) { return v, nil }
	}
	s := &testSchema{schema: schema}
	s.fields = map[string]func(ctx context.Context, args map[string]any) (any, error){
		"hello":  constant("world"),
		"change": constant("changed"),
		"node":   constant(nil),
		"edges":  constant(nil),
		"nodes":  constant(nil),
		"__type": constant(nil),
		"echo": func(_ context.Context, args map[string]any) (any, error) {
			text, err := json.Marshal(args)
			return string(text), err
		},
		"text": func(_ context.Context, args map[string]any) (any, error) {
			n := args["bytes"].(int64)
			return strings.Repeat("x", int(n)), nil
		},
		"fail": func(_ context.Context, args map[string]any) (any, error) {
			code, _ := args["code"].(string)
			if code == "" {
				return nil, errors.New("pq: password authentication failed for SECRET")
			}
			return nil, apperr.New(apperr.Code(code), "failed as asked")
		},
		"panic": func(context.Context, map[string]any) (any, error) { panic("SECRET in a panic") },
		"wait": func(ctx context.Context, _ map[string]any) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
		"statements": func(ctx context.Context, args map[string]any) (any, error) {
			n := int(args["count"].(int64))
			for range n {
				statement.FromContext(ctx).Add(statement.Statement{
					Loader: "Post.author", SQL: "SELECT 1 WHERE id = $1", Keys: 2, Rows: 3,
					Duration: 1500 * time.Microsecond, Database: "primary",
				})
			}
			return n, nil
		},
	}
	return s
}

func (s *testSchema) Schema() *ast.Schema { return s.schema }

func (s *testSchema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s *testSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		operation := graphql.GetOperationContext(ctx)
		return &graphql.Response{Data: s.object(ctx, operation, operation.Operation.SelectionSet)}
	}
}

func (s *testSchema) object(ctx context.Context, operation *graphql.OperationContext, set ast.SelectionSet) []byte {
	data := []byte{'{'}
	for _, field := range graphql.CollectFields(operation, set, nil) {
		if len(data) > 1 {
			data = append(data, ',')
		}
		data = append(data, '"')
		data = append(data, field.Alias...)
		data = append(data, '"', ':')
		data = append(data, s.field(ctx, operation, field)...)
	}
	return append(data, '}')
}

func (s *testSchema) field(ctx context.Context, operation *graphql.OperationContext, field graphql.CollectedField) (data []byte) {
	ctx = graphql.WithPathContext(ctx, graphql.NewPathWithField(field.Alias))
	defer func() {
		if cause := recover(); cause != nil {
			graphql.AddError(ctx, operation.Recover(ctx, cause))
			data = []byte("null")
		}
	}()
	var value any
	var err error
	switch field.Name {
	case "__typename":
		value = field.ObjectDefinition.Name
	case "__schema":
		return []byte("null")
	default:
		value, err = s.fields[field.Name](ctx, field.ArgumentMap(operation.Variables))
	}
	if err != nil {
		graphql.AddError(ctx, err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
