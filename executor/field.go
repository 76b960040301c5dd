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

// Field is a field of an operation, as a resolver or loader may ask about it: what is selected below it. Breadth-first it is a
// part of the plan, shared by all requests of the operation; under gqlgen's executor it is made for the occasion. Use
// FieldFromContext to get it.
type Field struct {
	collected graphql.CollectedField
	// parent is the field above, nil at the root and where at says what is above.
	parent *Field
	// op is set when gqlgen executes, and at for the field that is being resolved.
	op   *graphql.OperationContext
	at   *graphql.FieldContext
	memo sync.Map

	// The rest is set when the field is planned.
	plan    *plan
	bind    *binding.Field
	kind    fieldKind
	nonNull bool
	// arguments is how raw finds them.
	arguments arguments
	// slot is the field's position among the results of its selection.
	slot int
	// key is `,"alias":`, with the value if the field is __typename.
	key   []byte
	types []atomic.Pointer[selection]
}

// fieldKind is where a field's values come from and what they are.
type fieldKind uint8

const (
	// typename is the field __typename.
	typename fieldKind = iota
	// fromParents are leaves that are written straight from the parent objects.
	fromParents
	// fromResults are leaves that a resolver gives.
	fromResults
	// composite fields have objects below them.
	composite
)

// FieldFromContext gives the field that is being resolved, under this package's executor or gqlgen's own. It is nil outside of a
// resolver.
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

// Whole tells whether the resolver was called with all objects of its level, so that nothing is gained by waiting for further
// calls before loading. Under gqlgen's executor it is false.
func Whole(ctx context.Context) bool {
	c, ok := ctx.Value(resolvingKey{}).(*resolving)
	return ok && c.whole
}

// Level counts the resolvers above the one that is running, from 0.
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

// Fields are the fields selected on objects of a concrete type below f. Each path leads from f to such objects by field names
// joined with dots; none is the field's own value. For the posts of a connection:
//
//	f.Fields("Post", "edges.node", "nodes")
//
// A field comes once for each response name and path. When gqlgen executes, fields selected on an interface are taken to be
// selected on each type.
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

// Selects tells whether any of the paths, field names joined with dots, is selected below f, on any type.
func (f *Field) Selects(paths ...string) bool {
	for _, path := range paths {
		if !f.walk(path, func(*Field) bool { return false }) {
			return true
		}
	}
	return false
}

// walk visits what path leads to and says whether it went to the end.
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

// Memo gives what compute makes of a field, computed once for the plan: the columns to read, for one. The key must be of a type
// of the caller's own, as context keys are. What depends on the request, such as arguments, must not go into it. Under
// gqlgen's executor compute runs each time.
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
