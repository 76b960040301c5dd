// Package binding is the contract between the code that executor/plugin generates and package executor: for each object type a table of its
// fields, and for each field the few functions that turn its values from Go into JSON.
//
// Everything here works on columns: a column is a Go slice ([]*Post, []int, [][]*Tag) held in an any, with one element for each object of a
// level. A generated function asserts the type of the column once, not the type of each value.
// Only generated code should use it, and it holds no state of a request.
package binding

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Schema is what the plugin generates for a whole schema.
type Schema struct {
	// Objects by GraphQL name.
	Objects map[string]*Object
	// Foreign are the fields that only gqlgen's executor can resolve, as Type.field; it executes the operations that have them.
	Foreign map[string]bool
	// Roots are the names of the root types.
	Roots map[ast.Operation]string
	// Bind makes the generated execution context of one operation.
	Bind func(es graphql.ExecutableSchema, op *graphql.OperationContext) (ec any)
	// Inputs makes the value that graphql.UnmarshalNamedInputFromContext looks for. ec is what Bind made.
	Inputs func(ec any) *graphql.InputUnmarshalerIndex
	// Owns reports whether an executable schema was generated together with these bindings.
	Owns func(es graphql.ExecutableSchema) bool
	// WorkerLimit is gqlgen's exec.worker_limit: how many calls of one resolver that takes one object at a time may run at once. 0 means no
	// limit.
	WorkerLimit int
}

// Object is a GraphQL object type.
type Object struct {
	Name string
	// Satisfies are the type conditions that are true for this type: itself, its interfaces, its unions.
	Satisfies []string
	// Fields by GraphQL name.
	Fields map[string]*Field
}

// Field says how one field gets its values and how they are written. Of Read, Batch, Each and Stream the first one is used that is set and
// can be used; see package executor.
type Field struct {
	// Object and Name are the field's schema coordinate.
	Object, Name string
	// IsMethod and IsResolver are what gqlgen puts into graphql.FieldContext.
	IsMethod, IsResolver bool

	// Args decodes arguments. It is nil if the field has none. ec is what Schema.Bind made.
	Args func(ctx context.Context, ec any, raw map[string]any) (map[string]any, error)
	// Context makes gqlgen's own field context; it reports faulty arguments at the path of ctx.
	Context func(ctx context.Context, ec any, field graphql.CollectedField) (*graphql.FieldContext, error)

	// Read returns the column of a composite field that is a plain struct field.
	Read func(parents any) any
	// Batch calls a batch resolver. The result is a column.
	Batch func(ctx context.Context, ec any, parents any) (any, error)
	// Each returns the value for one parent: from a resolver or method that takes one object, or from a struct field under a directive.
	Each func(ctx context.Context, ec any, parents any, i int) (any, error)
	// Concurrent reports whether gqlgen calls Each concurrently for the objects of a list.
	Concurrent bool
	// Directives wraps next in the field's directives. It is nil if the field has none.
	Directives func(ctx context.Context, ec any, parents any, i int, next graphql.Resolver) graphql.Resolver
	// Stream calls a subscription resolver. Receive waits for its next event and returns it as a column of one value.
	Stream  func(ctx context.Context, ec any) (any, error)
	Receive func(ctx context.Context, stream any) (event any, ok bool)
	// CheckStream says what is wrong with a stream that directives returned. It is nil if the field has no directives.
	CheckStream func(stream any) error

	// Column makes and fills columns of the field's Go type.
	Column Column

	// Write appends the i-th value of a leaf. If the value is read from its parent (Batch, Each and Directives are nil), the column is the one
	// of the parents, otherwise the one of the results.
	Write func(w *Writer, column any, i int)
	// Fallible reports whether Write calls code that may panic.
	Fallible bool
	// Marshal is gqlgen's own marshaller, for a leaf that Write gave up on, or for an object below which directives have changed the
	// context. It reports what is wrong at the path of ctx. It is nil if it is never needed.
	Marshal func(ctx context.Context, ec any, sel ast.SelectionSet, column any, i int) graphql.Marshaler

	// Gather takes the objects out of a column of a composite field.
	Gather func(g *Gather, column any)
	// Types names the concrete object types in the order of Gather's kinds.
	Types []string
}

// Root is the object of a root type; it has no content.
type Root struct{}

// Roots returns a column of n root objects.
func Roots(n int) any {
	roots := make([]*Root, n)
	for i := range roots {
		roots[i] = new(Root)
	}
	return roots
}

// Project makes a column of what value returns for each parent.
func Project[P, R any](parents []P, value func(P) R) any {
	column := make([]R, len(parents))
	for i, parent := range parents {
		column[i] = value(parent)
	}
	return column
}
