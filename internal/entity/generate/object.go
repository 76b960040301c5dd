package main

import (
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/entc/gen"
	"entgo.io/ent/schema/field"

	"github.com/weftql/weft/internal/entity"
)

// scalars are the GraphQL types of columns.
var scalars = map[field.Type]string{
	field.TypeString: "String", field.TypeUUID: "ID", field.TypeTime: "Time",
	field.TypeInt: "Int", field.TypeInt64: "Int", field.TypeBool: "Boolean",
}

// Members are what the fields of the node's type are made of, by name.
func (n node) Members() []entity.Member {
	found := map[string]entity.Member{}
	for _, c := range n.Columns {
		m := entity.Member{Name: private(c.Name), Scalar: scalars[c.Type.Type], Null: c.Nillable}
		if c.IsEnum() {
			m.Enum, m.Values = enumType(n.Type, c.Field), c.EnumValues()
		}
		found[m.Name] = m
	}
	for _, e := range n.Edges {
		m := entity.Member{Name: private(e.Name), Kind: entity.Edge, Target: e.Type.Name, Many: !e.Unique, Null: e.Unique && e.Optional}
		if f := e.Field(); f != nil && e.OwnFK() {
			m.Key = f.StructField()
		}
		found[m.Name] = m
	}
	for _, other := range n.listed {
		name := private(other.Table())
		found[name] = entity.Member{Name: name, Kind: entity.Edge, Target: other.Name, Many: true, List: other.Lists()}
	}
	for _, f := range n.said.Fields {
		found[f.Name] = entity.Member{Name: f.Name, Kind: entity.Computed}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b entity.Member) int { return strings.Compare(a.Name, b.Name) })
}

// IDType is the type of its ids in package typeid.
func (n node) IDType() string { return strings.TrimPrefix(n.ID.Type.Ident, "typeid.") }

// enumType is the Go type of an enum with its path.
func enumType(t *gen.Type, f *gen.Field) string {
	if f.HasGoType() {
		return f.Type.RType.PkgPath + "." + f.Type.RType.Name
	}
	return t.Config.Package + "/" + t.PackageDir() + "." + strings.TrimPrefix(f.Type.Ident, t.PackageDir()+".")
}
