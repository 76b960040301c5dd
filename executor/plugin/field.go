package plugin

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

// field says how a field gets its values.
type field struct {
	*codegen.Field
	schema *schema
	// Leaf is set for scalars and enums.
	Leaf *leaf
}

// IsLeaf reports whether the field's type is a scalar or enum, and not an object.
func (f *field) IsLeaf() bool { return f.TypeReference.Definition.IsLeafType() }

// Parents is the Go type of the parents' column.
func (f *field) Parents() string {
	if f.Object.Root {
		return "[]*binding.Root"
	}
	return "[]" + templates.CurrentImports.LookupType(f.Object.Reference())
}

// UsesArgs reports whether a call reads arguments from the field context.
func (f *field) UsesArgs() bool {
	return (f.IsResolver || f.IsMethod()) && len(f.Args) > 0 && !f.isRootObject()
}

// plain reports whether the value can be read directly: from a struct field, or a method that has no parameters and cannot fail. A field
// with arguments is never plain: they must be decoded even if nothing uses them, because they may be faulty, or under a directive that
// refuses.
func (f *field) plain() bool {
	if f.HasDirectives() || f.IsResolver || f.HasHaser || f.Object.Stream || len(f.Args) > 0 {
		return false
	}
	if f.IsMethod() {
		return f.NoErr && !f.MethodHasContext && f.GoReceiverName == "obj"
	}
	return f.IsVariable()
}

// EachUsesObject reports whether Each uses the parent.
func (f *field) EachUsesObject() bool { return !f.Object.Root && !f.isRootObject() }

// Guarded reports whether directives run around the field. As in gqlgen, they do not if the field leads back to a root type.
func (f *field) Guarded() bool { return f.HasDirectives() && !f.isRootObject() }

// Reads reports whether values are read without a call that may take time: by Write for leaves, by Read for objects.
func (f *field) Reads() bool {
	if f.isRootObject() {
		return len(f.Args) == 0
	}
	return f.plain() && (f.IsLeaf() || f.IsVariable())
}

// isRootObject reports whether the field leads back to a root type, as in a mutation's payload.
func (f *field) isRootObject() bool { return f.TypeReference.IsRoot }

// NeedsEach reports whether values may be fetched one by one. This includes an object that is a struct field, for the case that reading one
// of many parents panics.
func (f *field) NeedsEach() bool {
	if f.IsBatch() || f.Object.Stream {
		return false
	}
	if f.isRootObject() {
		return !f.Reads()
	}
	return !f.IsLeaf() || !f.Reads()
}

// Streams reports whether the field is a subscription that the executor runs.
func (f *field) Streams() bool { return f.Object.Stream && !f.UsesSubscriptionContext() }

// byAddress reports whether objects are struct values inside their parents, so that they are taken by address.
func (f *field) byAddress() bool {
	return f.Reads() && !f.IsLeaf() && !f.TypeReference.IsSlice() && !config.IsNilable(f.TypeReference.GO)
}

// Value is the struct field or method call on a parent named obj.
func (f *field) Value() string {
	value := "obj." + f.GoFieldName
	if f.IsMethod() {
		value += "()"
	}
	if f.byAddress() {
		value = "&" + value
	}
	return value
}

// Result is the Go type of a value.
func (f *field) Result() string {
	if f.isRootObject() {
		return "*binding.Root"
	}
	result := templates.CurrentImports.LookupType(f.TypeReference.GO)
	if f.byAddress() {
		return "*" + result
	}
	return result
}

// Gather is the expression that gathers objects from a column.
func (f *field) Gather() (string, error) {
	if f.isRootObject() {
		return "binding.Pointers(g, column.([]*binding.Root))", nil
	}
	expr, ref := "column.([]"+f.Result()+")", f.TypeReference
	for ref.GQL.Elem != nil {
		switch {
		case ref.IsSlice():
			expr = fmt.Sprintf("binding.Lists(g, %s, %t)", expr, ref.GQL.NonNull)
			ref = ref.Elem()
		case ref.IsPtrToSlice():
			expr = fmt.Sprintf("binding.ListPointers(g, %s)", expr)
			ref = ref.Elem().Elem()
		default:
			return "", fmt.Errorf("%s.%s: cannot take a list out of %s", f.Object.Name, f.Name, ref.GO)
		}
	}
	if def := ref.Definition; def.Kind != ast.Object {
		if _, pointer := ref.GO.(*types.Pointer); pointer {
			expr = fmt.Sprintf("binding.Deref(%s)", expr)
		}
		return fmt.Sprintf("breadthFirstGather%s(g, %s)", def.Name, expr), nil
	}
	elem, pointer := pointee(ref.GO)
	for {
		next, again := pointee(elem)
		if !again {
			break
		}
		expr, elem = fmt.Sprintf("binding.Deref(%s)", expr), next
	}
	switch {
	case pointer || f.byAddress():
		return fmt.Sprintf("binding.Pointers(g, %s)", expr), nil
	case config.IsNilable(ref.GO):
		return fmt.Sprintf("binding.Nilable(g, %s, func(v %s) bool { return v == nil })",
			expr, templates.CurrentImports.LookupType(ref.GO)), nil
	default:
		return fmt.Sprintf("binding.Values(g, %s)", expr), nil
	}
}

// pointee returns what a type points to, and reports whether it is a pointer.
func pointee(t types.Type) (elem types.Type, ok bool) {
	if t == nil {
		return nil, false
	}
	p, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return nil, false
	}
	return p.Elem(), true
}

// Kinds is the list of concrete types as Go source.
func (f *field) Kinds() string {
	return fmt.Sprintf("%#v", f.schema.kinds(f.TypeReference.Definition))
}

// Fallible reports whether writing a leaf may panic.
func (f *field) Fallible() bool {
	return f.Leaf != nil && (f.Leaf.mayPanic() || f.Reads() && (f.IsMethod() || f.promoted()))
}

// promoted reports whether a struct field is reached through an embedded struct, which may be a nil pointer.
func (f *field) promoted() bool {
	_, index, _ := types.LookupFieldOrMethod(f.Object.Type, true, nil, f.GoFieldName)
	return len(index) != 1
}

// Marshals reports whether gqlgen's marshaller may be needed: for a leaf that has an error to report, or for objects with a context of
// their own.
func (f *field) Marshals() bool {
	if f.Leaf != nil {
		return f.Leaf.mayGiveUp()
	}
	return f.HasDirectives() && !f.isRootObject() && !f.byAddress()
}

// DirectiveObject is what gqlgen passes to a directive as the object.
func (f *field) DirectiveObject() string {
	if f.Object.Root {
		return "nil"
	}
	return "obj"
}

// Method is the body of Each for a field bound to a method, a struct field or a map. It gets the value the same way as gqlgen.
func (f *field) Method() string {
	var b strings.Builder
	if f.isRootObject() {
		return "return new(binding.Root), nil"
	}
	if f.HasHaser {
		fmt.Fprintf(&b, "if !%s.%s() {\nreturn nil, nil\n}\n", f.GoReceiverName, f.HaserMethodName)
	}
	switch {
	case f.IsVariable():
		fmt.Fprintf(&b, "return %s, nil", f.Value())
	case f.VOkFunc:
		fmt.Fprintf(&b, "v, ok := %s.%s(%s)\nif !ok {\nreturn nil, nil\n}\nreturn v, nil", f.GoReceiverName, f.GoFieldName, f.CallArgs())
	case f.NoErr:
		fmt.Fprintf(&b, "return %s.%s(%s), nil", f.GoReceiverName, f.GoFieldName, f.CallArgs())
	default:
		fmt.Fprintf(&b, "return %s.%s(%s)", f.GoReceiverName, f.GoFieldName, f.CallArgs())
	}
	return b.String()
}

// EnumVar is the name of gqlgen's table from Go values to enum names.
func (s *schema) EnumVar(l *leaf) string {
	return l.EnumMarshalVar(s.Config.UseFunctionSyntaxForExecutionContext)
}

// Statement is the statement that writes a leaf.
func (s *schema) Statement(l *leaf) string { return l.Statement(s.EnumVar) }
