package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/entity"
)

// agree holds the types that implement Node against the entities: what a field
// is made of, its type, whether it may be null, the values of enums. Each fault
// says where it is and what to do.
func agree(schema *ast.Schema, objects []entity.Object) error {
	var faults []error
	at := entitySources("../ent/schema")
	fault := func(where, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
	}
	for _, def := range schema.PossibleTypes["Node"] {
		of := object(objects, def.Name)
		if of == nil {
			fault(place(def.Position), "type %[1]s implements Node, and ent/schema has no such node: "+
				"say entity.Node() in the annotations of the entity %[1]s and run go generate ./ent", def.Name)
			continue
		}
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			name := def.Name + "." + f.Name
			m := of.Member(f.Name)
			if m == nil {
				fault(place(f.Position), "%s is no column or edge of the entity (%s): add it there, or say entity.Field(%q, the columns it is made of) in its annotations, and run go generate ./ent",
					name, at.entity(def.Name), f.Name)
				continue
			}
			if problem := disagree(schema, f, m); problem != "" {
				fault(place(f.Position), "%s %s (%s)", name, problem, at.member(def.Name, f.Name))
			}
		}
	}
	for _, o := range objects {
		def := schema.Types[o.Name]
		if def == nil || !slices.Contains(def.Interfaces, "Node") {
			fault(at.entity(o.Name), "the entity %[1]s says entity.Node(): write `type %[1]s implements Node` in graph/schema", o.Name)
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(faults...)
}

// disagree returns what is wrong with a field of a type, "" for nothing.
func disagree(schema *ast.Schema, f *ast.FieldDefinition, m *entity.Member) string {
	got := f.Type.String()
	switch m.Kind {
	case entity.Column:
		if m.Enum != "" {
			return disagreeEnum(schema, f, m)
		}
		if m.Scalar == "" {
			return fmt.Sprintf("is a column of a type that GraphQL has no scalar for: say entity.Field(%q, …) and write its resolver", f.Name)
		}
		if want := required(m.Scalar, !m.Null); got != want {
			return fmt.Sprintf("is %s here, and the column makes it %s: %s", got, want, cure(f, m, want))
		}
	case entity.Edge:
		switch name := f.Type.Name(); {
		case m.Many && f.Type.Elem == nil && name != m.Target+"Connection", m.Many && f.Type.Elem != nil && name != m.Target:
			return fmt.Sprintf("is %s here, and the edge leads to many of %s: make it a %[2]sConnection, or a [%[2]s!]! where they are few", got, m.Target)
		case !m.Many && (f.Type.Elem != nil || name != m.Target):
			return fmt.Sprintf("is %s here, and the edge leads to one %s: make it that", got, m.Target)
		case m.Null && f.Type.NonNull:
			return fmt.Sprintf("is %s here, and not every row has the edge: make it %s, or the edge Required", got, m.Target)
		}
	case entity.Computed:
	}
	return ""
}

func disagreeEnum(schema *ast.Schema, f *ast.FieldDefinition, m *entity.Member) string {
	def := schema.Types[f.Type.Name()]
	if f.Type.Elem != nil || def.Kind != ast.Enum {
		return fmt.Sprintf("is %s here, and the column is an enum: make it an enum of %s", f.Type, strings.Join(m.Values, ", "))
	}
	if f.Type.NonNull == m.Null {
		want := required(def.Name, !m.Null)
		return fmt.Sprintf("is %s here, and the column makes it %s: %s", f.Type, want, cure(f, m, want))
	}
	var values []string
	for _, v := range def.EnumValues {
		values = append(values, v.Name)
	}
	if missing := without(m.Values, values); len(missing) > 0 {
		return fmt.Sprintf("may be %s: add it to enum %s (%s)", strings.Join(missing, ", "), def.Name, place(def.Position))
	}
	if extra := without(values, m.Values); len(extra) > 0 {
		return fmt.Sprintf("is never %s: take it from enum %s (%s), or add it to the column's values", strings.Join(extra, ", "), def.Name, place(def.Position))
	}
	return ""
}

// cure tells how a field and its column come to agree.
func cure(f *ast.FieldDefinition, m *entity.Member, want string) string {
	column := "make the column Optional and Nillable"
	if m.Null {
		column = "take Optional and Nillable from the column"
	}
	if f.Type.Elem == nil && f.Type.NonNull == m.Null && (f.Type.Name() == m.Scalar || m.Enum != "") {
		return fmt.Sprintf("write %s, or %s", want, column)
	}
	return fmt.Sprintf("write %s, or say entity.Field(%q, …) and write its resolver", want, f.Name)
}

func required(name string, nonNull bool) string {
	if nonNull {
		return name + "!"
	}
	return name
}

// without returns what of all is not in these.
func without(all, these []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(these, s) })
}

// hint tells where a type that the schema does not define comes from.
func hint(err error) string {
	if strings.Contains(err.Error(), "Connection") && strings.Contains(err.Error(), "ndefined type") {
		return "\n(connections are made for entities that say entity.ListUnder, or entity.List, in ent/schema: then run go generate ./ent)"
	}
	return ""
}
