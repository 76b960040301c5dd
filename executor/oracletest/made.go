package oracletest

import (
	"context"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxMade is how many objects deep values are made; below that they are nil if possible.
const maxMade = 3

// maker makes up Go values.
type maker struct {
	*World
	*rand.Rand
	ctx context.Context
}

func (m *maker) chance(percent int) bool { return m.IntN(100) < percent }

// value makes a value of a Go type that stands for a type of the schema, which is nil if unknown. Values that can be nil sometimes are,
// less often if the schema forbids it.
func (m *maker) value(t reflect.Type, gql *ast.Type, depth int) reflect.Value {
	switch t.Kind() {
	case reflect.Pointer:
		if m.none(t, gql, depth) {
			return reflect.Zero(t)
		}
		v := reflect.New(t.Elem())
		v.Elem().Set(m.value(t.Elem(), gql, depth))
		return v
	case reflect.Chan:
		return m.stream(t, gql)
	case reflect.Interface:
		return m.behind(t, gql, depth)
	}
	if v, ok := m.unmarshaled(t, gql); ok {
		return v
	}
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(m.chance(50))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(m.IntN(120) - 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(m.Uint64N(120))
	case reflect.Float32, reflect.Float64:
		v.SetFloat([]float64{0, 1, -2.5, 1e21, 1.0 / 3, float64(m.IntN(1000)) / 8}[m.IntN(6)])
	case reflect.String:
		v.SetString(m.text(gql))
	case reflect.Slice:
		return m.list(t, gql, depth)
	case reflect.Array:
		for i := range t.Len() {
			v.Index(i).Set(m.value(t.Elem(), nil, depth))
		}
	case reflect.Map:
		return m.mapping(t, gql, depth)
	case reflect.Struct:
		m.object(v, gql, depth)
	}
	return v
}

// none reports whether a value should be nil.
func (m *maker) none(t reflect.Type, gql *ast.Type, depth int) bool {
	switch {
	case depth >= maxMade && t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		return m.definition(gql) == nil || m.definition(gql).IsCompositeType()
	case gql != nil && gql.NonNull:
		return m.chance(1)
	default:
		return m.chance(12)
	}
}

func (m *maker) definition(gql *ast.Type) *ast.Definition {
	if gql == nil {
		return nil
	}
	return m.Schema.Types[gql.Name()]
}

// text is a string, or the name of a value if the type is an enum.
func (m *maker) text(gql *ast.Type) string {
	if def := m.definition(gql); def != nil && def.Kind == ast.Enum && !m.chance(3) {
		return def.EnumValues[m.IntN(len(def.EnumValues))].Name
	}
	texts := []string{"", "a", "some text", `q"uo\te`, "ünï🧵", "line\nfeed\u2028", "bad \xff byte", "<b>&amp;", "17", "2020-02-02T02:02:02Z"}
	return texts[m.IntN(len(texts))]
}

// unmarshaled makes a scalar or enum in the way in which an argument is decoded, if its Go type has a method for that.
func (m *maker) unmarshaled(t reflect.Type, gql *ast.Type) (v reflect.Value, ok bool) {
	if t == reflect.TypeFor[time.Time]() {
		times := []time.Time{{}, time.Unix(1_600_000_000, 0).UTC(), time.Unix(1_700_000_000, 123_456_789).UTC()}
		return reflect.ValueOf(times[m.IntN(len(times))]), true
	}
	if def := m.definition(gql); def == nil || !def.IsLeafType() {
		return v, false
	}
	p := reflect.New(t)
	u, ok := reflect.TypeAssert[graphql.Unmarshaler](p)
	if !ok {
		return v, false
	}
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return p.Elem(), u.UnmarshalGQL(m.text(gql)) == nil
}

func (m *maker) list(t reflect.Type, gql *ast.Type, depth int) reflect.Value {
	if m.none(t, gql, depth) {
		return reflect.Zero(t)
	}
	var elem *ast.Type
	if gql != nil {
		elem = gql.Elem
	}
	n := [...]int{0, 1, 2, 3, 3}[m.IntN(5)]
	if depth >= maxMade {
		n = 0
	}
	v := reflect.MakeSlice(t, n, n)
	for i := range n {
		v.Index(i).Set(m.value(t.Elem(), elem, depth))
	}
	return v
}

// mapping makes a map. If it stands for an object, its keys are the object's fields.
func (m *maker) mapping(t reflect.Type, gql *ast.Type, depth int) reflect.Value {
	if m.none(t, gql, depth) || t.Key().Kind() != reflect.String {
		return reflect.Zero(t)
	}
	v := reflect.MakeMap(t)
	set := func(key string, gql *ast.Type) {
		v.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), m.value(t.Elem(), gql, depth+1))
	}
	def := m.definition(gql)
	if def == nil || def.Kind != ast.Object {
		set("key", nil)
		return v
	}
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "__") && m.chance(90) {
			set(f.Name, f.Type)
		}
	}
	return v
}

// object fills the fields of a struct.
func (m *maker) object(v reflect.Value, gql *ast.Type, depth int) {
	def := m.definition(gql)
	if def != nil && def.IsAbstractType() {
		for _, d := range m.Schema.GetPossibleTypes(def) {
			if strings.EqualFold(d.Name, v.Type().Name()) {
				def = d
			}
		}
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !v.Field(i).CanSet() {
			continue
		}
		if f.Type == reflect.TypeFor[context.Context]() {
			v.Field(i).Set(reflect.ValueOf(m.ctx))
			continue
		}
		var of *ast.Type
		if d := fieldOf(def, f); d != nil {
			of = d.Type
		} else if f.Name == "Value" && strings.HasPrefix(v.Type().Name(), "Event[") {
			of = gql
		}
		v.Field(i).Set(m.value(f.Type, of, depth+1))
	}
}

// fieldOf finds the schema's field that a struct field stands for, by name.
func fieldOf(def *ast.Definition, f reflect.StructField) *ast.FieldDefinition {
	if def == nil {
		return nil
	}
	for _, d := range def.Fields {
		if strings.EqualFold(strings.ReplaceAll(d.Name, "_", ""), f.Name) {
			return d
		}
	}
	return nil
}

// behind makes a value behind an interface: of one of the types that implement it or, if every type does, a JSON value.
func (m *maker) behind(t reflect.Type, gql *ast.Type, depth int) reflect.Value {
	if m.none(t, gql, depth) || t.NumMethod() > 0 && depth >= maxMade {
		return reflect.Zero(t)
	}
	candidates := []reflect.Type{
		reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[bool](), reflect.TypeFor[[]string](), reflect.TypeFor[map[string]string](),
	}
	if def := m.definition(gql); t.NumMethod() > 0 || def != nil && def.IsCompositeType() {
		candidates = nil
		for _, c := range m.Types {
			if c.Implements(t) {
				candidates = append(candidates, c)
			}
		}
	}
	v := reflect.New(t).Elem()
	if len(candidates) == 0 {
		return v
	}
	chosen := candidates[m.IntN(len(candidates))]
	if chosen.Kind() == reflect.Pointer {
		// A nil pointer behind an interface is a null that gqlgen does not report but the breadth-first executor does.
		made := reflect.New(chosen.Elem())
		made.Elem().Set(m.value(chosen.Elem(), gql, depth))
		v.Set(made)
		return v
	}
	v.Set(m.value(chosen, gql, depth))
	return v
}

// stream is a subscription's channel, with its events in it. It is never nil, because a nil channel never ends.
func (m *maker) stream(t reflect.Type, gql *ast.Type) reflect.Value {
	n := m.IntN(4)
	c := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, t.Elem()), n)
	for range n {
		c.Send(m.value(t.Elem(), gql, 0))
	}
	c.Close()
	return c.Convert(t)
}
