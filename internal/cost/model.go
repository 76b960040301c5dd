// Package cost prices operations in points, by the directives @cost and
// @listSize of the schema and nothing else. A point is about a microsecond of
// CPU, of the server and the database together.
//
// A document is compiled once into a Price, which gives the points for the
// variables of a request. It is an upper bound of what the operation can cost:
// lists are full, and an object of an interface or union is the dearest that it
// can be. The package knows no budgets and no Redis. README.md has a worked
// example.
package cost

import (
	"math"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// The weights of what has no @cost.
const (
	// DefaultObject is the weight of one object.
	DefaultObject = 1
	// DefaultMutation is the weight of a field of the mutation type.
	DefaultMutation = 700
	// DefaultLevel is the weight of a field that finds objects, once for all
	// objects of its level: it is a statement more, however many these are.
	DefaultLevel = 100
	// IntrospectionField is the weight of each field below __schema and __type.
	IntrospectionField = 10
	// RowsPerPoint is how many rows a statement can look at for a point: see the
	// argument rows of @cost.
	RowsPerPoint = 7
)

// Most is the largest price: arithmetic stops there instead of overflowing.
const Most = math.MaxInt64 / 4

// Model is what the schema says of costs.
type Model struct {
	schema *ast.Schema
	fields map[*ast.FieldDefinition]*field
	types  map[string]int64 // weight of one object
	// coordinates are the fields of object types.
	coordinates map[coordinate]*field
}

type coordinate struct{ object, field string }

// field is what is known of a field of the schema.
type field struct {
	weight int64           // each time it is resolved
	level  int64           // once for all objects of its level
	rows   int64           // points once for its level at most, for rows that its statement looks at
	spares spares          // when it looks at none
	result *ast.Definition // the object, interface or union that it returns; nil for leaves
	list   *listSize       // nil without @listSize
	free   bool            // its objects are counted elsewhere
}

// listSize is the directive of that name, after the IBM GraphQL Cost Directive
// specification.
type listSize struct {
	assumed    int64 // objects when no slicing argument says how many; -1 if not given
	slicing    []string
	sized      []string // the fields of the result that are the list; empty: the result itself
	requireOne bool
}

// NewModel reads the schema, and returns what is wrong with its directives.
func NewModel(schema *ast.Schema) (*Model, error) {
	m := &Model{schema: schema, fields: make(map[*ast.FieldDefinition]*field), types: make(map[string]int64), coordinates: make(map[coordinate]*field)}
	if err := m.check(); err != nil {
		return nil, err
	}
	payloads := m.payloads()
	for name, def := range schema.Types {
		switch def.Kind {
		case ast.Object:
			m.types[name] = m.objectWeight(def)
		case ast.Interface:
		default:
			continue
		}
		for _, f := range def.Fields {
			m.fields[f] = &field{
				weight: m.fieldWeight(def, f), level: m.fieldLevel(def, f, payloads), rows: rowsOf(f) / RowsPerPoint, spares: sparesOf(f), result: composite(schema, f), list: readListSize(f), free: free(def, f.Name),
			}
			if def.Kind == ast.Object {
				m.coordinates[coordinate{name, f.Name}] = m.fields[f]
			}
		}
	}
	return m, nil
}

func (m *Model) objectWeight(def *ast.Definition) int64 {
	if weight, ok := weightOf(def.Directives); ok {
		return weight
	}
	if m.isWrapper(def) {
		return 0
	}
	return DefaultObject
}

// isWrapper reports whether objects of a type are there to carry others: roots,
// connections and pages. The edges of a list are its objects, and their nodes
// cost no more.
func (m *Model) isWrapper(def *ast.Definition) bool {
	return def == m.schema.Query || def == m.schema.Mutation || def == m.schema.Subscription ||
		def.Name == "PageInfo" || isConnection(def)
}

// isConnection tells a connection by its shape, as the Relay specification has
// it.
func isConnection(def *ast.Definition) bool {
	return def.Fields.ForName("pageInfo") != nil && def.Fields.ForName("edges") != nil
}

// isEdge tells an edge by its shape.
func isEdge(def *ast.Definition) bool {
	return def.Fields.ForName("cursor") != nil && def.Fields.ForName("node") != nil
}

func (m *Model) fieldWeight(def *ast.Definition, f *ast.FieldDefinition) int64 {
	if weight, ok := weightOf(f.Directives); ok {
		return weight
	}
	if def == m.schema.Mutation {
		return DefaultMutation
	}
	return 0
}

// fieldLevel is what a field costs once for its level. What a connection, an edge
// or a payload carries has been found by the field above.
func (m *Model) fieldLevel(def *ast.Definition, f *ast.FieldDefinition, payloads map[string]bool) int64 {
	if d := f.Directives.ForName("cost"); d != nil {
		level, _ := intArgument(d, "level")
		return level
	}
	if composite(m.schema, f) == nil || def == m.schema.Mutation || payloads[def.Name] || isConnection(def) || isEdge(def) {
		return 0
	}
	return DefaultLevel
}

// payloads are the types that mutations alone return.
func (m *Model) payloads() map[string]bool {
	found := make(map[string]bool)
	if m.schema.Mutation == nil {
		return found
	}
	for _, f := range m.schema.Mutation.Fields {
		found[f.Type.Name()] = true
	}
	for _, def := range m.schema.Types {
		for _, f := range def.Fields {
			if def != m.schema.Mutation {
				delete(found, f.Type.Name())
			}
		}
	}
	return found
}

// free reports whether the objects of a field are counted elsewhere: those of
// node with their edge.
func free(parent *ast.Definition, name string) bool { return name == "node" && isEdge(parent) }

// root is the type at which operations of a kind start, nil if there is none.
func (m *Model) root(kind ast.Operation) *ast.Definition {
	switch kind {
	case ast.Mutation:
		return m.schema.Mutation
	case ast.Subscription:
		return m.schema.Subscription
	}
	return m.schema.Query
}

// of returns what is known of a field; of one that introspection adds, nothing.
func (m *Model) of(f *ast.FieldDefinition) *field {
	if known := m.fields[f]; known != nil {
		return known
	}
	return &field{}
}

// composite is the type of a field's result if it has fields of its own.
func composite(schema *ast.Schema, f *ast.FieldDefinition) *ast.Definition {
	if def := schema.Types[f.Type.Name()]; def != nil && def.IsCompositeType() {
		return def
	}
	return nil
}

func weightOf(list ast.DirectiveList) (int64, bool) {
	d := list.ForName("cost")
	if d == nil {
		return 0, false
	}
	return intArgument(d, "weight")
}

// rowsOf is how many rows a field looks at most, by the argument rows of @cost.
func rowsOf(f *ast.FieldDefinition) int64 {
	d := f.Directives.ForName("cost")
	if d == nil {
		return 0
	}
	rows, _ := intArgument(d, "rows")
	return rows
}

// spares are the values of an argument with which a field looks at no rows.
type spares struct {
	argument string // "" for a field that always may
	values   []string
}

// sparesOf reads the argument rowsUnless of @cost, such as ["type: USER", "type: TAG"].
func sparesOf(f *ast.FieldDefinition) (s spares) {
	d := f.Directives.ForName("cost")
	if d == nil {
		return s
	}
	for _, pair := range names(d, "rowsUnless") {
		argument, value, _ := strings.Cut(pair, ": ")
		s.argument = argument
		s.values = append(s.values, value)
	}
	return s
}

func intArgument(d *ast.Directive, name string) (int64, bool) {
	a := d.Arguments.ForName(name)
	if a == nil || a.Value == nil || a.Value.Kind != ast.IntValue {
		return 0, false
	}
	return parse(a.Value.Raw), true
}

// parse reads digits; too many of them are Most.
func parse(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		if len(digits) > 0 && digits[0] == '-' {
			return -Most
		}
		return Most
	}
	return min(max(n, -Most), Most)
}

func readListSize(f *ast.FieldDefinition) *listSize {
	d := f.Directives.ForName("listSize")
	if d == nil {
		return nil
	}
	l := &listSize{assumed: -1, slicing: names(d, "slicingArguments"), sized: names(d, "sizedFields"), requireOne: true}
	if n, ok := intArgument(d, "assumedSize"); ok {
		l.assumed = n
	}
	if a := d.Arguments.ForName("requireOneSlicingArgument"); a != nil {
		l.requireOne = a.Value.Raw != "false"
	}
	return l
}

// names is an argument that is a list of names, or one name.
func names(d *ast.Directive, argument string) []string {
	a := d.Arguments.ForName(argument)
	if a == nil || a.Value == nil || a.Value.Kind == ast.NullValue {
		return nil
	}
	if a.Value.Kind != ast.ListValue {
		return []string{a.Value.Raw}
	}
	list := make([]string, len(a.Value.Children))
	for i, child := range a.Value.Children {
		list[i] = child.Value.Raw
	}
	return list
}
