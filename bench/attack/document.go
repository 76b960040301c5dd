//go:build linux

package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// selection is one field of a made-up document, as a tree that can be changed.
type selection struct {
	field     *ast.FieldDefinition
	on        string // type whose fields these are, for an inline fragment
	arguments map[string]string
	selected  []*selection
}

// maker makes documents over a schema.
type maker struct {
	schema *ast.Schema
	random *rand.Rand
	ids    []string // of objects that exist
}

// maxDepth keeps documents within the server's limit.
const maxDepth = 9

// grow returns some fields of a type, deep down.
func (m *maker) grow(typeName string, depth, width int) []*selection {
	var grown []*selection
	definition := m.schema.Types[typeName]
	if definition.IsAbstractType() {
		for _, possible := range m.schema.PossibleTypes[typeName] {
			if m.random.IntN(3) == 0 {
				grown = append(grown, m.grow(possible.Name, depth, width)...)
			}
		}
		return grown
	}
	for range 1 + m.random.IntN(width) {
		f := definition.Fields[m.random.IntN(len(definition.Fields))]
		if s := m.field(typeName, f, depth); s != nil {
			grown = append(grown, s)
		}
	}
	return grown
}

// field returns one field with what is below it, nil if it would be too deep
// or is about the schema.
func (m *maker) field(typeName string, f *ast.FieldDefinition, depth int) *selection {
	s := &selection{field: f, on: typeName, arguments: map[string]string{}}
	for _, a := range f.Arguments {
		if text, ok := m.argument(a); ok {
			s.arguments[a.Name] = text
		}
	}
	below := f.Type.Name()
	if strings.HasPrefix(f.Name, "__") {
		return nil
	}
	if m.schema.Types[below].IsLeafType() {
		return s
	}
	if depth >= maxDepth {
		return nil
	}
	if s.selected = m.grow(below, depth+1, 3); len(s.selected) == 0 {
		return nil
	}
	return s
}

// argument returns a value for an argument as a document writes it, or that
// the argument is left out.
func (m *maker) argument(a *ast.ArgumentDefinition) (string, bool) {
	switch a.Name {
	case "after", "before", "last":
		return "", false
	case "first":
		return "100", true
	}
	if !a.Type.NonNull && m.random.IntN(2) == 0 {
		return "", false
	}
	return m.value(a.Type), true
}

func (m *maker) value(t *ast.Type) string {
	if t.Elem != nil {
		values := make([]string, 1+m.random.IntN(10))
		for i := range values {
			values[i] = m.value(t.Elem)
		}
		return "[" + strings.Join(values, ", ") + "]"
	}
	switch definition := m.schema.Types[t.NamedType]; definition.Kind {
	case ast.Enum:
		return definition.EnumValues[m.random.IntN(len(definition.EnumValues))].Name
	case ast.InputObject:
		var fields []string
		for _, f := range definition.Fields {
			if f.Type.NonNull || m.random.IntN(3) == 0 {
				fields = append(fields, f.Name+": "+m.value(f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	switch t.NamedType {
	case "Int":
		return "100"
	case "Boolean":
		return strconv.FormatBool(m.random.IntN(2) == 0)
	case "ID":
		return strconv.Quote(m.ids[m.random.IntN(len(m.ids))])
	case "Time":
		return `"2020-01-01T00:00:00Z"`
	}
	some := words()
	return strconv.Quote(some[m.random.IntN(len(some))])
}

// all returns each field of a document with the place that holds it.
func all(list []*selection) []*selection {
	var found []*selection
	for _, s := range list {
		found = append(append(found, s), all(s.selected)...)
	}
	return found
}

// change returns a copy of a document that differs in one place.
func (m *maker) change(document []*selection) []*selection {
	changed := clone(document)
	fields := all(changed)
	s := fields[m.random.IntN(len(fields))]
	switch m.random.IntN(5) {
	case 0: // the same once more, under another alias
		if len(s.selected) > 0 {
			twin := s.selected[m.random.IntN(len(s.selected))]
			for range 1 + m.random.IntN(8) {
				s.selected = append(s.selected, clone([]*selection{twin})...)
			}
			break
		}
		changed = append(changed, clone(changed[:1])...)
	case 1: // more below
		if below := s.field.Type.Name(); len(s.selected) > 0 {
			s.selected = append(s.selected, m.grow(below, 2, 2)...)
		}
	case 2: // other arguments
		for _, a := range s.field.Arguments {
			delete(s.arguments, a.Name)
			if text, ok := m.argument(a); ok {
				s.arguments[a.Name] = text
			}
		}
	case 3: // other fields below
		if below := s.field.Type.Name(); len(s.selected) > 0 {
			if grown := m.grow(below, 2, 4); len(grown) > 0 {
				s.selected = grown
			}
		}
	case 4: // one field less
		if n := len(s.selected); n > 1 {
			at := m.random.IntN(n)
			s.selected = append(s.selected[:at:at], s.selected[at+1:]...)
		}
	}
	return changed
}

func clone(list []*selection) []*selection {
	out := make([]*selection, len(list))
	for i, s := range list {
		c := *s
		c.selected = clone(s.selected)
		c.arguments = make(map[string]string, len(s.arguments))
		maps.Copy(c.arguments, s.arguments)
		out[i] = &c
	}
	return out
}

// write writes a document. A field gets an alias where its name stands before
// it already, which keeps down the number of aliases.
func (m *maker) write(document []*selection) string {
	var b strings.Builder
	count := 0
	m.writeSet(&b, document, "Query", &count)
	return b.String()
}

func (m *maker) writeSet(b *strings.Builder, list []*selection, typeName string, count *int) {
	b.WriteString("{")
	used := map[string]bool{}
	for _, s := range list {
		b.WriteString(" ")
		fragment := s.on != typeName
		if fragment {
			fmt.Fprintf(b, "... on %s { ", s.on)
		}
		if used[s.field.Name] {
			*count++
			fmt.Fprintf(b, "a%d: ", *count)
		}
		used[s.field.Name] = true
		b.WriteString(s.field.Name)
		separator := "("
		for _, a := range s.field.Arguments {
			if text, ok := s.arguments[a.Name]; ok {
				b.WriteString(separator + a.Name + ": " + text)
				separator = ", "
			}
		}
		if separator != "(" {
			b.WriteString(")")
		}
		if len(s.selected) > 0 {
			b.WriteString(" ")
			m.writeSet(b, s.selected, s.field.Type.Name(), count)
		}
		if fragment {
			b.WriteString(" }")
		}
	}
	b.WriteString(" }")
}
