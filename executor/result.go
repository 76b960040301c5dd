package executor

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/binding"
)

// group is the objects of one concrete type at one place of the operation: the unit that a resolver is called with.
type group struct {
	sel    *selection
	column any
	n      int
	// results has an entry for each of sel.slots.
	results []result
	// from is the result that the objects were gathered from, as its kind-th type. nil at the root.
	from *result
	kind int32
	// ctx is the context of the root field that the objects are under.
	ctx context.Context

	// level counts the resolvers above.
	level int

	position  sync.Once
	positions []int32
}

// result is what one field returned for all objects of a group.
type result struct {
	field   *Field
	parents *group
	// ctx is the context of the root field that the field is under.
	ctx context.Context
	// column has a value for each parent: the value to write for a leaf, or the value to gather objects from for a composite field.
	column any
	// gathered and groups are the objects of a composite field.
	gathered binding.Gather
	groups   []group
	// failed marks the parents that have no value; faults says why. It is nil if there are none.
	failed []bool
	faults faults
	// timing is the time of the field's resolvers; it is nil if the execution is not traced.
	timing *timing
	// required marks the parents for which graphql.MarkNonNull forbade null. nil if there are none.
	required []bool
	// contexts are the contexts that directives made for the fields below each parent's value, nil where they made none; apart is what gqlgen
	// made of such values. Both are nil if there are none.
	contexts []context.Context
	apart    []graphql.Marshaler
	// resolving is the context of the field's resolver; it is nil if the field has none.
	resolving *resolving
}

// fail marks a parent as one without a value.
func (r *result) fail(row int) {
	if r.failed == nil {
		r.failed = make([]bool, r.parents.n)
	}
	r.failed[row] = true
}

// whole reports whether the field's resolver is called once for all objects.
func (r *result) whole() bool { return r.field.bind.Batch != nil || r.parents.n == 1 }

func (r *result) hasFailed(row int) bool { return r.failed != nil && r.failed[row] }

// forbidsNull reports whether the field must not be null for a parent.
func (r *result) forbidsNull(row int) bool {
	return r.field.nonNull || r.required != nil && r.required[row]
}

// settle turns the column of a composite field into groups. It runs after all resolvers of the level.
func (r *result) settle() {
	b := r.field.bind
	if b.Gather == nil || r.column == nil {
		return
	}
	r.gathered.Failed = r.failed
	b.Gather(&r.gathered, r.column)
	r.groups = make([]group, len(r.gathered.Groups))
	for kind := range r.groups {
		objects := r.gathered.Groups[kind]
		if objects.Len == 0 {
			continue
		}
		g := &r.groups[kind]
		g.sel = r.field.selection(kind)
		g.column, g.n = objects.Column, objects.Len
		g.results = make([]result, len(g.sel.slots))
		g.from, g.kind = r, int32(kind)
		g.ctx = r.below()
		if g.level = r.parents.level; b.Read == nil {
			g.level++
		}
	}
}

// element is the position, among the innermost values of the result, of the value that an object of the group came from.
func (g *group) element(row int) int {
	refs := g.from.gathered.Refs
	if refs == nil {
		return row
	}
	g.position.Do(func() {
		g.positions = make([]int32, g.n)
		kinds := g.from.gathered.Kinds
		for element, object := range refs {
			if object >= 0 && (kinds == nil || kinds[element] == g.kind) {
				g.positions[object] = int32(element)
			}
		}
	})
	return int(g.positions[row])
}

// wrapped is how many lists the type is wrapped in.
func wrapped(t *ast.Type) (depth int) {
	for ; t.Elem != nil; t = t.Elem {
		depth++
	}
	return depth
}
