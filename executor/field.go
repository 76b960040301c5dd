package executor

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/binding"
)

// Field is a field of an operation, so that a resolver or loader can find out what is selected below it. In breadth-first execution it is a
// part of the plan, which all requests of the operation share; under gqlgen's executor it is made on demand. Use FieldFromContext to get
// it.
type Field struct {
	collected graphql.CollectedField
	// parent is the field above. It is nil at the root, and if at says what is above.
	parent *Field
	// op is set when gqlgen executes. at is set only for the field that is being resolved.
	op   *graphql.OperationContext
	at   *graphql.FieldContext
	memo sync.Map

	// The rest is set when the field is planned.
	plan    *plan
	bind    *binding.Field
	kind    fieldKind
	nonNull bool
	// arguments is how raw finds the arguments.
	arguments arguments
	// slot is the field's position among the results of its selection.
	slot int
	// key is `,"alias":`, followed by the value if the field is __typename.
	key   []byte
	types []atomic.Pointer[selection]
}

// fieldKind says where a field's values come from and what they are.
type fieldKind uint8

const (
	// typename is the field __typename.
	typename fieldKind = iota
	// fromParents are leaves that are written straight from the parent objects.
	fromParents
	// fromResults are leaves that a resolver returns.
	fromResults
	// composite fields have objects below them.
	composite
)

// FieldFromContext returns the field that is being resolved, under this package's executor or gqlgen's own. It is nil outside a resolver.
func FieldFromContext(ctx context.Context) *Field {
	if c, ok := ctx.Value(resolvingKey{}).(*resolving); ok {
		return c.field
	}
	fc := graphql.GetFieldContext(ctx)
	if fc == nil || fc.Field.Field == nil {
		return nil
	}
	return &Field{collected: fc.Field, op: graphql.GetOperationContext(ctx), at: fc}
}

// Whole reports whether the resolver was called with all objects of its level, so that waiting for further calls before loading gains
// nothing. Under gqlgen's executor it is false.
func Whole(ctx context.Context) bool {
	c, ok := ctx.Value(resolvingKey{}).(*resolving)
	return ok && c.whole
}

// Level counts the resolvers above the running one, from 0.
func Level(ctx context.Context) (level int) {
	if c, ok := ctx.Value(resolvingKey{}).(*resolving); ok {
		return c.level
	}
	fc := graphql.GetFieldContext(ctx)
	if fc == nil {
		return 0
	}
	for above := fc.Parent; above != nil; above = above.Parent {
		if above.Index == nil && above.IsMethod {
			level++
		}
	}
	return level
}

// Name is the field's name in the schema.
func (f *Field) Name() string { return f.collected.Name }

// Alias is the field's name in the response.
func (f *Field) Alias() string { return f.collected.Alias }

// Path is the response names that lead to the field, joined with dots, without positions in lists: "posts.nodes.author".
func (f *Field) Path() string {
	switch {
	case f.parent != nil:
		return f.parent.Path() + "." + f.Alias()
	case f.at == nil:
		return f.Alias()
	}
	var names []string
	for _, step := range f.at.Path() {
		if name, ok := step.(ast.PathName); ok {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, ".")
}

// Fields are the fields selected on objects of a concrete type below f. Each path leads from f to such objects, as field names joined with
// dots; without paths the objects are the field's own value. For the posts of a connection:
//
//	f.Fields("Post", "edges.node", "nodes")
//
// A field is returned once for each response name and path. When gqlgen executes, fields selected on an interface count as selected on each
// type.
func (f *Field) Fields(typeName string, paths ...string) iter.Seq[*Field] {
	if len(paths) == 0 {
		paths = []string{""}
	}
	return func(yield func(*Field) bool) {
		for _, path := range paths {
			if !f.walk(path, func(at *Field) bool {
				for _, child := range at.children(typeName) {
					if !yield(child) {
						return false
					}
				}
				return true
			}) {
				return
			}
		}
	}
}

// Selects reports whether any of the paths, which are field names joined with dots, is selected below f, on any type.
func (f *Field) Selects(paths ...string) bool {
	for _, path := range paths {
		if !f.walk(path, func(*Field) bool { return false }) {
			return true
		}
	}
	return false
}

// walk visits the fields that path leads to, and reports whether it visited all of them.
func (f *Field) walk(path string, visit func(*Field) bool) bool {
	if path == "" {
		return visit(f)
	}
	name, rest, _ := strings.Cut(path, ".")
	for _, child := range f.children("") {
		if child.Name() == name && !child.walk(rest, visit) {
			return false
		}
	}
	return true
}

// children are the fields selected on a concrete type, or on all types.
func (f *Field) children(typeName string) []*Field {
	if f.plan == nil {
		return f.collect(typeName)
	}
	if f.kind != composite {
		return nil
	}
	if typeName != "" {
		kind := slices.Index(f.bind.Types, typeName)
		if kind < 0 {
			return nil
		}
		return f.selection(kind).fields
	}
	if len(f.bind.Types) == 1 {
		return f.selection(0).fields
	}
	var all []*Field
	for kind := range f.bind.Types {
		all = append(all, f.selection(kind).fields...)
	}
	return all
}

// collect is children under gqlgen's executor.
func (f *Field) collect(typeName string) []*Field {
	var children []*Field
	for _, c := range graphql.CollectFields(f.op, f.collected.Selections, nil) {
		on := c.ObjectDefinition
		if typeName != "" && on != nil && on.Kind == ast.Object && on.Name != typeName {
			continue
		}
		children = append(children, &Field{collected: c, parent: f, op: f.op})
	}
	return children
}

// Memo returns what compute returns for a field, for example the columns to read. It is computed once for the plan. The key must have a
// type of the caller's own, as context keys do. The result must not depend on the request, such as on arguments. Under gqlgen's executor
// compute runs each time.
func Memo[T any](f *Field, key any, compute func(*Field) T) T {
	if f.plan == nil {
		return compute(f)
	}
	if v, ok := f.memo.Load(key); ok {
		return v.(T)
	}
	v, _ := f.memo.LoadOrStore(key, compute(f))
	return v.(T)
}
