package cost

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxNodes bounds the work of compiling one operation. A selection on an
// interface counts once for each type that its fragments tell apart; a document
// beyond the bound costs Most.
const maxNodes = 50_000

// Compile prices an operation of a valid document.
func (m *Model) Compile(doc *ast.QueryDocument, operation *ast.OperationDefinition) *Price {
	c := compiler{model: m, doc: doc}
	root := m.root(operation.Operation)
	if root == nil {
		return &Price{}
	}
	p := &Price{root: c.group(root, []instance{{operation.SelectionSet, nil}}, nil), constant: -1}
	switch {
	case c.nodes > maxNodes:
		return &Price{constant: Most}
	case !p.root.dynamic():
		p.constant = p.root.points(1, 0, nil).total()
	}
	return p
}

type compiler struct {
	model *Model
	doc   *ast.QueryDocument
	nodes int
}

// instance is a selection set that is executed when conditions are met. Several
// under one response name are merged.
type instance struct {
	set  ast.SelectionSet
	when []wanted
}

// collected are the fields of a selection under one response name.
type collected struct {
	first *ast.Field
	when  condition
	below []instance
}

// group compiles what is selected on a type. Above is the list that the field
// above wraps, or nil.
func (c *compiler) group(def *ast.Definition, from []instance, above *listSize) group {
	if def.Kind == ast.Object {
		return group{c.option(def, from, above)}
	}
	// Types that no fragment names differ in their weight only.
	var told []string
	for _, i := range from {
		told = c.typesNamed(i.set, told, 0)
	}
	var g group
	var other *ast.Definition
	others := int64(0)
	for _, possible := range c.model.schema.GetPossibleTypes(def) {
		if c.tellsApart(told, possible) {
			g = append(g, c.option(possible, from, above))
			continue
		}
		others++
		if other == nil || c.model.types[possible.Name] > c.model.types[other.Name] {
			other = possible
		}
	}
	if other != nil {
		o := c.option(other, from, above)
		o.kinds = others
		g = append(g, o)
	}
	return g
}

// tellsApart reports whether one of the type conditions holds for some types
// only, and for this one.
func (c *compiler) tellsApart(told []string, possible *ast.Definition) bool {
	return slices.ContainsFunc(told, func(name string) bool { return c.applies(name, possible) })
}

// typesNamed adds the type conditions of a selection set's fragments.
func (c *compiler) typesNamed(set ast.SelectionSet, told []string, depth int) []string {
	if c.nodes++; c.nodes > maxNodes || depth > maxSpread {
		return told
	}
	note := func(name string) {
		if name != "" && !slices.Contains(told, name) {
			told = append(told, name)
		}
	}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			note(s.TypeCondition)
			told = c.typesNamed(s.SelectionSet, told, depth+1)
		case *ast.FragmentSpread:
			if f := c.doc.Fragments.ForName(s.Name); f != nil {
				note(f.TypeCondition)
				told = c.typesNamed(f.SelectionSet, told, depth+1)
			}
		}
	}
	return told
}

// maxSpread bounds fragments inside fragments; the limits on documents are far
// below.
const maxSpread = 1_000

func (c *compiler) option(def *ast.Definition, from []instance, above *listSize) option {
	o := option{typ: def.Name, weight: c.model.types[def.Name], kinds: 1}
	keys := make(map[string]*collected)
	var order []string
	for _, i := range from {
		c.collect(def, i, keys, &order, 0)
	}
	for _, key := range order {
		if n := c.node(def, key, keys[key], above); n != nil {
			o.fields = append(o.fields, n)
		}
	}
	return o
}

// collect merges the fields of a selection set as execution does.
func (c *compiler) collect(def *ast.Definition, from instance, keys map[string]*collected, order *[]string, depth int) {
	if depth > maxSpread {
		c.nodes = maxNodes + 1
	}
	for _, selection := range from.set {
		if c.nodes++; c.nodes > maxNodes {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			when, never := conditions(from.when, s.Directives)
			if never {
				continue
			}
			known := keys[s.Alias]
			if known == nil {
				known = &collected{first: s}
				keys[s.Alias] = known
				*order = append(*order, s.Alias)
			}
			known.when = append(known.when, when)
			if len(s.SelectionSet) > 0 {
				known.below = append(known.below, instance{s.SelectionSet, when})
			}
		case *ast.InlineFragment:
			if when, never := conditions(from.when, s.Directives); !never && c.applies(s.TypeCondition, def) {
				c.collect(def, instance{s.SelectionSet, when}, keys, order, depth+1)
			}
		case *ast.FragmentSpread:
			f := c.doc.Fragments.ForName(s.Name)
			if f == nil || !c.applies(f.TypeCondition, def) {
				continue
			}
			if when, never := conditions(from.when, s.Directives); !never {
				c.collect(def, instance{f.SelectionSet, when}, keys, order, depth+1)
			}
		}
	}
}

// applies reports whether a type condition holds for objects of a type.
func (c *compiler) applies(condition string, def *ast.Definition) bool {
	if condition == "" || condition == def.Name {
		return true
	}
	on := c.model.schema.Types[condition]
	return on != nil && on.Kind != ast.Object && slices.Contains(c.model.schema.GetPossibleTypes(on), def)
}

func (c *compiler) node(parent *ast.Definition, key string, f *collected, above *listSize) *node {
	name := f.first.Name
	when := f.when
	if when.constant() {
		when = always
	}
	switch name {
	case "__typename":
		return nil
	case "__schema", "__type":
		return &node{key: key, when: when, each: c.introspection(f.below, 1)}
	}
	def := parent.Fields.ForName(name)
	if def == nil {
		def = f.first.Definition
	}
	known := c.model.of(def)
	n := &node{key: key, when: when, each: known.weight, level: known.level, rows: newRows(known, f.first, def)}
	if known.result == nil {
		return n
	}
	var wrapped *listSize
	switch {
	case above != nil && slices.Contains(above.sized, name):
		n.sized = true
	case known.list != nil:
		n.size = newSize(known.list, f.first, def)
		if n.wraps = len(known.list.sized) > 0; n.wraps {
			wrapped = known.list
		}
	}
	n.below = c.group(known.result, f.below, wrapped)
	if free(parent, name) {
		for i := range n.below {
			n.below[i].weight = 0
		}
	}
	return n
}

// newRows reads with which rows a field is priced.
func newRows(known *field, f *ast.Field, def *ast.FieldDefinition) *rows {
	if known.rows == 0 {
		return nil
	}
	r := &rows{points: known.rows, spares: known.spares.values}
	switch value := argumentValue(f, def, known.spares.argument); {
	case value == nil:
	case value.Kind == ast.Variable:
		r.variable = value.Raw
	default:
		r.value = value.Raw
	}
	return r
}

// introspection is the price of fields that ask for the schema.
func (c *compiler) introspection(from []instance, depth int) int64 {
	sum := int64(IntrospectionField)
	for _, i := range from {
		sum = add(sum, c.introspectionSet(i.set, depth))
	}
	return sum
}

func (c *compiler) introspectionSet(set ast.SelectionSet, depth int) (sum int64) {
	for _, selection := range set {
		if c.nodes++; c.nodes > maxNodes || depth > maxSpread {
			return Most
		}
		switch s := selection.(type) {
		case *ast.Field:
			sum = add(sum, add(IntrospectionField, c.introspectionSet(s.SelectionSet, depth+1)))
		case *ast.InlineFragment:
			sum = add(sum, c.introspectionSet(s.SelectionSet, depth+1))
		case *ast.FragmentSpread:
			if f := c.doc.Fragments.ForName(s.Name); f != nil {
				sum = add(sum, c.introspectionSet(f.SelectionSet, depth+1))
			}
		}
	}
	return sum
}
