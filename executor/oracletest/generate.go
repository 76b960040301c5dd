package oracletest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Generator makes random operations that are valid for a schema, with aliases, fragments, arguments, variables, @skip and @include. The
// same seed makes the same operations.
type Generator struct {
	// Value returns the value of an argument or input field by its coordinate ("Query.user(id:)", "Filter.name"), if it cannot be made up.
	// Without Value, or if ok is false, a value is made up from the type.
	Value func(r *rand.Rand, coordinate string, t *ast.Type) (value any, ok bool)
	// Scalar makes up values of custom scalars. Without it they are strings.
	Scalar func(r *rand.Rand, name string) any
	// Leave reports whether to leave out a field.
	Leave func(object, field string) bool
	// Depth is how deep selections go; zero means 4. Fields is the approximate number of fields in one operation; zero means 20.
	Depth, Fields int

	schema *ast.Schema
	rand   *rand.Rand
}

// New makes a generator for a schema.
func New(schema *ast.Schema, seed uint64) *Generator {
	return &Generator{schema: schema, rand: rand.New(rand.NewPCG(seed, 0)), Depth: 4, Fields: 20}
}

// Operation makes an operation of the given kind, which the schema must have.
func (g *Generator) Operation(kind ast.Operation) Operation {
	root := map[ast.Operation]*ast.Definition{
		ast.Query: g.schema.Query, ast.Mutation: g.schema.Mutation, ast.Subscription: g.schema.Subscription,
	}[kind]
	o := &operation{Generator: g, kind: kind, aliases: map[string]*usage{}, values: map[string]any{}, left: g.Fields}
	body := o.selections(root, g.Depth)
	var b strings.Builder
	fmt.Fprintf(&b, "%s Random", kind)
	if len(o.variables) > 0 {
		fmt.Fprintf(&b, "(%s)", strings.Join(o.variables, ", "))
	}
	b.WriteString(body)
	for _, f := range o.fragments {
		fmt.Fprintf(&b, "\nfragment %s on %s%s", f.name, f.on.Name, f.body)
	}
	return Operation{Query: b.String(), Variables: o.values}
}

// operation is an operation in the making.
type operation struct {
	*Generator
	kind      ast.Operation
	left      int
	aliases   map[string]*usage
	fragments []*fragment
	variables []string
	values    map[string]any
	// inFragment is how many fragments are being made.
	inFragment int
}

// usage is what a response name stands for. All fields with one name mean the same everywhere, so that any two can be merged.
type usage struct {
	signature string
	on        []*ast.Definition
}

type fragment struct {
	name, body string
	on         *ast.Definition
}

func (o *operation) chance(percent int) bool { return o.rand.IntN(100) < percent }

// selections selects fields of a type, always at least one.
func (o *operation) selections(on *ast.Definition, depth int) string {
	var b strings.Builder
	b.WriteString(" {")
	n := 1 + o.rand.IntN(5)
	if o.kind == ast.Subscription && on == o.schema.Subscription {
		return " { " + o.field(on, depth, false) + " }"
	}
	for i := range n {
		if i > 0 && o.left <= 0 {
			break
		}
		b.WriteString(" ")
		switch roll := o.rand.IntN(100); {
		case roll < 12 && depth > 0:
			b.WriteString(o.inline(on, depth))
		case roll < 22 && depth > 0:
			b.WriteString(o.spread(on, depth))
		default:
			b.WriteString(o.field(on, depth, true))
		}
	}
	if on.Kind != ast.Object && o.chance(60) {
		b.WriteString(" " + o.inline(on, depth))
	}
	b.WriteString(" }")
	return b.String()
}

func (o *operation) inline(on *ast.Definition, depth int) string {
	if o.chance(15) {
		return "..." + o.condition() + o.selections(on, depth)
	}
	to := o.narrow(on)
	return "... on " + to.Name + o.condition() + o.selections(to, depth)
}

// spread spreads a fragment, in half of the cases an existing one if possible.
func (o *operation) spread(on *ast.Definition, depth int) string {
	if o.chance(50) {
		for _, f := range o.fragments {
			if f.body != "" && o.overlap(on, f.on) {
				return "..." + f.name + o.condition()
			}
		}
	}
	if o.inFragment > 2 {
		return "__typename"
	}
	f := &fragment{name: fmt.Sprintf("F%d", len(o.fragments)), on: o.narrow(on)}
	o.fragments = append(o.fragments, f)
	o.inFragment++
	f.body = o.selections(f.on, depth-1)
	o.inFragment--
	return "..." + f.name + o.condition()
}

// narrow returns a type that a fragment within the type on may name.
func (o *operation) narrow(on *ast.Definition) *ast.Definition {
	candidates := []*ast.Definition{on}
	for _, name := range sortedTypes(o.schema) {
		def := o.schema.Types[name]
		if def.IsCompositeType() && !strings.HasPrefix(name, "__") && o.overlap(on, def) {
			candidates = append(candidates, def)
		}
	}
	return candidates[o.rand.IntN(len(candidates))]
}

func (o *operation) overlap(a, b *ast.Definition) bool {
	for _, t := range o.schema.GetPossibleTypes(a) {
		if t.Kind == ast.Object && slices.ContainsFunc(o.schema.GetPossibleTypes(b), func(u *ast.Definition) bool { return u.Name == t.Name }) {
			return true
		}
	}
	return false
}

func (o *operation) condition() string {
	if !o.chance(18) {
		return ""
	}
	name := []string{"skip", "include"}[o.rand.IntN(2)]
	value := strconv.FormatBool(name == "include" || o.chance(30))
	if name == "skip" && o.chance(70) {
		value = "false"
	}
	if o.chance(50) {
		value = o.variable("", ast.NonNullNamedType("Boolean", nil), o.chance(70) == (name == "include"))
	}
	return fmt.Sprintf(" @%s(if: %s)", name, value)
}

// field selects a field of a type.
func (o *operation) field(on *ast.Definition, depth int, conditional bool) string {
	o.left--
	var fields ast.FieldList
	for _, f := range on.Fields {
		composite := o.schema.Types[f.Type.Name()].IsCompositeType()
		if strings.HasPrefix(f.Name, "__") || composite && (depth <= 0 || o.left <= 0) || o.Leave != nil && o.Leave(on.Name, f.Name) {
			continue
		}
		fields = append(fields, f)
	}
	if len(fields) == 0 || conditional && o.chance(6) {
		return "__typename"
	}
	f := fields[o.rand.IntN(len(fields))]
	args := o.arguments(on, f)
	s := o.alias(on, f, args) + args
	if conditional {
		s += o.condition()
	}
	if def := o.schema.Types[f.Type.Name()]; def.IsCompositeType() {
		s += o.selections(def, depth-1)
	}
	return s
}

// alias returns a response name under which the field can be selected, with the field's name if the two differ.
func (o *operation) alias(on *ast.Definition, f *ast.FieldDefinition, args string) string {
	signature := f.Name + args + f.Type.String()
	for i := range 100 {
		name := f.Name
		if i > 0 || o.chance(10) {
			name = fmt.Sprintf("%s%d", f.Name, i)
		}
		u := o.aliases[name]
		if u == nil {
			u = &usage{signature: signature}
			o.aliases[name] = u
		}
		if u.signature != signature || !o.related(on, u.on) {
			continue
		}
		u.on = append(u.on, on)
		if name == f.Name {
			return name
		}
		return name + ": " + f.Name
	}
	panic("too many aliases of " + f.Name)
}

// related reports whether gqlgen merges a field of a type with the same field of others. It does not if they are unrelated interfaces.
func (o *operation) related(on *ast.Definition, others []*ast.Definition) bool {
	for _, other := range others {
		if on.Name == other.Name || on.Kind == ast.Object && other.Kind == ast.Object ||
			slices.Contains(on.Interfaces, other.Name) || slices.Contains(other.Interfaces, on.Name) || !o.overlap(on, other) {
			continue
		}
		return false
	}
	return true
}

func (o *operation) arguments(on *ast.Definition, f *ast.FieldDefinition) string {
	var args []string
	for _, arg := range f.Arguments {
		optional := !arg.Type.NonNull || arg.DefaultValue != nil
		if optional && o.chance(50) {
			continue
		}
		args = append(args, arg.Name+": "+o.literal(fmt.Sprintf("%s.%s(%s:)", on.Name, f.Name, arg.Name), arg.Name, arg.Type))
	}
	if len(args) == 0 {
		return ""
	}
	return "(" + strings.Join(args, ", ") + ")"
}

func sortedTypes(schema *ast.Schema) []string {
	names := make([]string, 0, len(schema.Types))
	for name := range schema.Types {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
