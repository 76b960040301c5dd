package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/entc/gen"
	"entgo.io/ent/schema/field"

	"github.com/weftql/weft/internal/entity"
)

// node is an entity that is a type of the GraphQL schema.
type node struct {
	*gen.Type
	Alias   string // in statements: its initials
	Columns []column
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

// column is a column of a node.
type column struct{ *gen.Field }

// nodes returns the entities that are annotated with entity.Node.
func nodes(g *gen.Graph) ([]node, error) {
	var found []node
	for _, t := range g.Nodes {
		said, err := annotation(t)
		if err != nil {
			return nil, err
		}
		if !said.Node {
			continue
		}
		n := node{Type: t, Alias: initials(t.Name), Columns: []column{{t.ID}}}
		for _, f := range t.Fields {
			n.Columns = append(n.Columns, column{f})
		}
		for _, c := range n.Columns {
			if _, err := c.Reader(); err != nil {
				return nil, fmt.Errorf("ent/schema: %s.%s: %w", t.Name, c.Name, err)
			}
		}
		found = append(found, n)
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
			return fmt.Sprintf("func(v *ent.%s) any { return &%s }, func(v *ent.%s) *row.Key { %s = new(%s); return (*row.Key)(&%s) }",
				entity, at, entity, at, c.Type.Ident, inner)
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
