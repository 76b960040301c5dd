package plugin

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

const graphqlPackage = "github.com/99designs/gqlgen/graphql"

// leaf is one way to write a scalar or enum: a GraphQL type with a Go type.
type leaf struct {
	*config.TypeReference
	// Inner is the element of a list, or what a pointer points to.
	Inner *leaf
}

// WriteFunc is the name of the generated function that writes it.
func (l *leaf) WriteFunc() string { return "breadthFirstWrite" + l.UniquenessKey() }

// EnumVar is the name of the generated table of an enum's values.
func (l *leaf) EnumVar() string { return "breadthFirstEnum" + l.UniquenessKey() }

// Names are an enum's values.
func (l *leaf) Names() []string {
	var names []string
	for _, v := range l.Definition.EnumValues {
		names = append(names, v.Name)
	}
	return names
}

// Nilable reports whether a nil check comes first.
func (l *leaf) Nilable() bool {
	return l.IsNilable() && !l.IsSlice()
}

// builtin are the marshallers of gqlgen that binding.Writer replaces.
var builtin = map[string]string{
	"MarshalString":       "w.String(%s)",
	"MarshalID":           "w.String(%s)",
	"MarshalBoolean":      "w.Bool(%s)",
	"MarshalFloat":        "",
	"MarshalFloatContext": "w.Float(%s)",
	"MarshalTime":         "w.Time(%s)",
	"MarshalInt":          "binding.Int(w, %s)",
	"MarshalInt8":         "binding.Int(w, %s)",
	"MarshalInt16":        "binding.Int(w, %s)",
	"MarshalInt32":        "binding.Int(w, %s)",
	"MarshalInt64":        "binding.Int(w, %s)",
	"MarshalUint":         "binding.Uint(w, %s)",
	"MarshalUint8":        "binding.Uint(w, %s)",
	"MarshalUint16":       "binding.Uint(w, %s)",
	"MarshalUint32":       "binding.Uint(w, %s)",
	"MarshalUint64":       "binding.Uint(w, %s)",
	"MarshalIntID":        "binding.IntID(w, %s)",
	"MarshalUintID":       "binding.UintID(w, %s)",
}

// Statement is the statement that writes v, which is not nil.
func (l *leaf) Statement(ecVar func(*leaf) string) string {
	if l.Marshaler == nil && !l.IsMarshaler {
		return "w.GiveUp()"
	}
	if l.IsMarshaler {
		switch {
		case l.IsContext:
			return "w.GiveUp()"
		case hasAppend(l.GO):
			return "w.Buf = v.AppendGQL(w.Buf)"
		case l.isStringEnum():
			return l.EnumVar() + ".Write(w, v)"
		default:
			return "v.MarshalGQL(w)"
		}
	}
	if statement := builtin[l.Marshaler.Name()]; l.isGraphql() && statement != "" {
		return fmt.Sprintf(statement, l.argument(ecVar))
	}
	if name := l.appendFunc(); name != "" {
		return fmt.Sprintf("w.Buf = %s(w.Buf, %s)", name, l.argument(ecVar))
	}
	if l.IsContext {
		return "w.GiveUp()"
	}
	return fmt.Sprintf("w.Marshal(%s(%s))", templates.Call(l.Marshaler), l.argument(ecVar))
}

// argument is v with the type that the marshaller takes.
func (l *leaf) argument(enumVar func(*leaf) string) string {
	v := "v"
	switch {
	case l.IsTargetNilable() && !l.IsNilable():
		v = "&v"
	case !l.IsTargetNilable() && l.IsNilable():
		v = "*v"
	}
	switch {
	case l.HasEnumValues():
		return fmt.Sprintf("%s[%s]", enumVar(l), v)
	case l.CastType != nil:
		return fmt.Sprintf("%s(%s)", templates.CurrentImports.LookupType(l.CastType), v)
	default:
		return v
	}
}

func (l *leaf) isGraphql() bool {
	return l.Marshaler.Pkg() != nil && l.Marshaler.Pkg().Path() == graphqlPackage
}

// isStringEnum reports whether binding.Enum can write it: an enum whose Go type is a string that marshals itself.
func (l *leaf) isStringEnum() bool {
	if l.Definition.Kind != ast.Enum || !l.IsMarshaler || l.IsContext || l.IsSlice() || hasAppend(l.GO) {
		return false
	}
	named, ok := types.Unalias(l.GO).(*types.Named)
	if !ok {
		return false
	}
	basic, ok := named.Underlying().(*types.Basic)
	return ok && basic.Kind() == types.String
}

// appendFunc is the AppendT next to a MarshalT, if there is one with the right type.
func (l *leaf) appendFunc() string {
	pkg := l.Marshaler.Pkg()
	sig, ok := l.Marshaler.Type().(*types.Signature)
	if pkg == nil || !ok || l.isGraphql() || l.HasEnumValues() {
		return ""
	}
	fn, ok := pkg.Scope().Lookup("Append" + strings.TrimPrefix(l.Marshaler.Name(), "Marshal")).(*types.Func)
	if !ok {
		return ""
	}
	want := types.NewSignatureType(nil, nil, nil,
		types.NewTuple(types.NewVar(0, nil, "", bytesType), types.NewVar(0, nil, "", sig.Params().At(0).Type())),
		types.NewTuple(types.NewVar(0, nil, "", bytesType)), false)
	if !types.Identical(fn.Type(), want) {
		return ""
	}
	return templates.Call(fn)
}

var bytesType = types.NewSlice(types.Typ[types.Byte])

// hasAppend reports whether t is a binding.Appender.
func hasAppend(t types.Type) bool {
	method, _, _ := types.LookupFieldOrMethod(t, false, nil, "AppendGQL")
	fn, ok := method.(*types.Func)
	if !ok {
		return false
	}
	sig := fn.Type().(*types.Signature)
	return sig.Params().Len() == 1 && sig.Results().Len() == 1 &&
		types.Identical(sig.Params().At(0).Type(), bytesType) && types.Identical(sig.Results().At(0).Type(), bytesType)
}

// mayGiveUp reports whether writing can end without a value.
func (l *leaf) mayGiveUp() bool {
	if l.Inner != nil || l.IsNilable() || l.Marshaler == nil && !l.IsMarshaler || l.IsContext {
		return true
	}
	if l.IsMarshaler || l.appendFunc() != "" {
		return false
	}
	return !l.isGraphql() || builtin[l.Marshaler.Name()] == "" || l.Marshaler.Name() == "MarshalTime"
}

// mayPanic reports whether writing runs code that is not ours.
func (l *leaf) mayPanic() bool {
	switch {
	case l.Inner != nil:
		return l.Inner.mayPanic()
	case l.IsMarshaler:
		return !l.isStringEnum()
	default:
		return l.Marshaler != nil && !l.isGraphql()
	}
}
