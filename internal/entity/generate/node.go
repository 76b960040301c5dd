package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/entc/gen"
	"entgo.io/ent/schema/field"

	"github.com/weftql/weft/internal/entity"
)

// node is an entity that a client sees.
type node struct {
	*gen.Type
	Prefix  string // of its ids
	Called  string // by messages
	Node    bool   // whether "node" finds it
	Alias   string // in statements: its initials
	Columns []column
	Fields  []fieldOf
	List    string // the type of its lists, such as "query.PostList", if it has any

	said   entity.Annotation
	under  *gen.Edge // under whose objects there is a list of its rows
	listed []node    // the nodes that have a list under this one
}

// fieldOf is a field of the node's type with the columns it is made of, by
// their names in Go.
type fieldOf struct {
	Name    string
	Columns []string
}

// Plural is what many of them are called: "Posts".
func (n node) Plural() string {
	table := n.Table()
	words := strings.Split(table, "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// Article is the one for what the entity is called.
func (n node) Article() string { return article(n.Called) }

// Counted is how many rows counts of its lists look at in a level.
func (n node) Counted() int {
	if n.said.Counted == 0 {
		return entity.DefaultCounted
	}
	return n.said.Counted
}

// choice tells of which types an id may be: "comment, post or user".
func choice(nodes []node) string {
	called := make([]string, len(nodes))
	for i, n := range nodes {
		called[i] = n.Called
	}
	last := len(called) - 1
	return article(called[0]) + " " + strings.Join(called[:last], ", ") + " or " + called[last]
}

// column is a column of a node.
type column struct{ *gen.Field }

// nodes returns the entities that are annotated with entity.Node or
// entity.List.
func nodes(g *gen.Graph, ids []idType) ([]node, error) {
	var found []node
	for _, t := range g.Nodes {
		said, err := annotation(t)
		if err != nil {
			return nil, err
		}
		if !said.Node && said.List == "" && said.Under == "" {
			continue
		}
		n := node{Type: t, said: said, Node: said.Node, List: said.List, Alias: initials(t.Name), Columns: []column{{t.ID}}}
		i := slices.IndexFunc(ids, func(id idType) bool { return "typeid."+id.Name == t.ID.Type.Ident })
		if i < 0 {
			return nil, fmt.Errorf("ent/schema: %s: a client sees it, so its id must be of a type of its own: "+
				`field.UUID("id", typeid.%s{}).Default(typeid.New%s).Immutable()`, t.Name, t.Name, t.Name)
		}
		n.Prefix, n.Called = ids[i].Prefix, ids[i].Called
		for _, f := range t.Fields {
			n.Columns = append(n.Columns, column{f})
		}
		if err := n.findList(); err != nil {
			return nil, fmt.Errorf("ent/schema: %s: %w", t.Name, err)
		}
		for _, c := range n.Columns {
			if _, err := c.Reader(); err != nil {
				return nil, fmt.Errorf("ent/schema: %s.%s: %w", t.Name, c.Name, err)
			}
		}
		found = append(found, n)
	}
	for i := range found {
		n := &found[i]
		for _, other := range found {
			if other.under != nil && other.under.Type == n.Type {
				n.listed = append(n.listed, other)
			}
		}
		var err error
		if n.Fields, err = fields(n); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// told is an entity whose changes are announced.
type told struct {
	*gen.Type
	Counter string
}

// announced returns the entities that are annotated with entity.Announced.
func announced(g *gen.Graph) ([]told, error) {
	var found []told
	for _, t := range g.Nodes {
		said, err := annotation(t)
		if err != nil {
			return nil, err
		}
		if c := said.Counter; c != "" && (!said.Announced || !slices.ContainsFunc(t.Fields, func(f *gen.Field) bool { return f.Name == c })) {
			return nil, fmt.Errorf("%s: entity.Counter(%q) needs a field of that name, and entity.Announced", t.Name, c)
		}
		if said.Announced {
			found = append(found, told{t, said.Counter})
		}
	}
	return found, nil
}

// fields are the columns under their names in GraphQL, the edges by the columns
// that hold them, and what the entity says of others.
func fields(n *node) ([]fieldOf, error) {
	t := n.Type
	columns := map[string][]string{"id": nil}
	names := map[string]string{t.ID.Name: t.ID.StructField()}
	for _, f := range t.Fields {
		names[f.Name] = f.StructField()
		columns[private(f.Name)] = []string{f.StructField()}
	}
	for _, e := range t.Edges {
		columns[private(e.Name)] = nil
		if f := e.Field(); f != nil && e.OwnFK() {
			columns[private(e.Name)] = []string{f.StructField()}
		}
	}
	for _, other := range n.listed {
		columns[private(other.Table())] = nil
	}
	for _, f := range n.said.Fields {
		made := []string{}
		for _, c := range f.Columns {
			name, ok := names[c]
			if !ok {
				return nil, fmt.Errorf("ent/schema: %s: the field %s is made of %q, which is no column", t.Name, f.Name, c)
			}
			made = append(made, name)
		}
		columns[f.Name] = made
	}
	var found []fieldOf
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		found = append(found, fieldOf{name, columns[name]})
	}
	return found, nil
}

func annotation(t *gen.Type) (said entity.Annotation, err error) {
	of, ok := t.Annotations[entity.Name]
	if !ok {
		return said, nil
	}
	text, err := json.Marshal(of)
	if err != nil {
		return said, err
	}
	return said, json.Unmarshal(text, &said)
}

// initials turns "PostTag" into "pt".
func initials(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(snake(name), "_") {
		b.WriteByte(word[0])
	}
	return b.String()
}

// readers are the functions of internal/row for columns of a type.
var readers = map[field.Type]string{
	field.TypeString: "Text", field.TypeEnum: "Text", field.TypeUUID: "UUID", field.TypeTime: "Time",
	field.TypeInt: "Number", field.TypeInt64: "Number", field.TypeBool: "Flag",
}

// nullable are those of readers that have one for columns that may be NULL.
var nullable = []string{"Text", "UUID", "Time"}

// Reader is the function of internal/row that makes the column.
func (c column) Reader() (string, error) {
	reader, ok := readers[c.Type.Type]
	switch {
	case c.Optional && !c.Nillable:
		return "", errors.New("is Optional and must be Nillable too, so that NULL is nil and no empty value")
	case !ok:
		return "", fmt.Errorf("internal/row has no reader for a column of type %s: write one, and name it in internal/entity/generate", c.Type.Type)
	case c.Nillable && !slices.Contains(nullable, reader):
		return "", fmt.Errorf("internal/row has no reader for a %s that may be NULL: write one, and name it in internal/entity/generate", c.Type.Type)
	case c.Nillable:
		return "Null" + reader, nil
	}
	return reader, nil
}

// At is the function that returns the column's place in a row.
func (c column) At(entity string) string {
	function := func(to, expr string) string { return fmt.Sprintf("func(v *ent.%s) %s { return %s }", entity, to, expr) }
	at := "v." + c.StructField()
	inner := at // the UUID in an id
	if c.typed() {
		inner += ".ID"
	}
	star := ""
	if c.Nillable {
		star = "*"
	}
	switch c.Type.Type {
	case field.TypeUUID:
		if c.Nillable {
			place := fmt.Sprintf("func(v *ent.%s) *row.Key { %s = new(%s); return (*row.Key)(&%s) }", entity, at, c.Type.Ident, inner)
			whole := fmt.Sprintf("func(v *ent.%s) *row.Key { if %s == nil { return nil }; return (*row.Key)(&%s) }", entity, at, inner)
			return strings.Join([]string{function("any", "&"+at), place, whole}, ", ")
		}
		return function("*row.Key", "(*row.Key)(&"+inner+")")
	case field.TypeTime:
		return function("*"+star+"time.Time", "&"+at)
	case field.TypeInt, field.TypeInt64, field.TypeBool:
		return function("*"+c.Type.Type.String(), "&"+at)
	default:
		if c.IsEnum() || c.HasGoType() {
			return function("*"+star+"string", "(*"+star+"string)(&"+at+")")
		}
		return function("*"+star+"string", "&"+at)
	}
}

// Value is what a store is given.
func (c column) Value() string {
	at := "v." + c.StructField()
	switch {
	case c.Nillable:
		return "row.OrNil(" + at + ")"
	case c.IsEnum() || c.IsString() && c.HasGoType():
		return "string(" + at + ")"
	default:
		return at
	}
}

// typed reports whether the UUID is an id of package typeid.
func (c column) typed() bool { return strings.HasPrefix(c.Type.Ident, "typeid.") }
