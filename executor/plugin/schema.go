package plugin

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/vektah/gqlparser/v2/ast"
)

// schema is what the template renders.
type schema struct {
	*codegen.Data
	BoundObjects []*object
	Abstracts    []*abstract
	Leaves       []*leaf
	Enums        []*leaf
	// Foreign are the fields that only gqlgen's executor can resolve, as Type.field.
	Foreign []string
}

type object struct {
	*codegen.Object
	Bound []*field
}

// abstract is an interface or union that some field returns.
type abstract struct {
	*codegen.Interface
	Kinds []kind
}

// kind is one concrete type of an abstract type, with the Go types that represent it.
type kind struct {
	Object *codegen.Object
	Cases  []codegen.InterfaceImplementor
}

func newSchema(data *codegen.Data) *schema {
	s := &schema{Data: data}
	leaves := map[string]*leaf{}
	for _, o := range data.Objects {
		if o.IsReserved() {
			continue
		}
		bound := &object{Object: o}
		for _, f := range o.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			if f.HasFederationRequiresArg() {
				// Its resolver has a parameter that only gqlgen's executor can provide.
				s.Foreign = append(s.Foreign, o.Name+"."+f.Name)
				continue
			}
			b := &field{Field: f, schema: s}
			if b.IsLeaf() {
				b.Leaf = addLeaf(leaves, f.TypeReference)
			}
			bound.Bound = append(bound.Bound, b)
		}
		s.BoundObjects = append(s.BoundObjects, bound)
	}
	for _, name := range sortedKeys(data.Interfaces) {
		if !strings.HasPrefix(name, "__") {
			s.Abstracts = append(s.Abstracts, s.newAbstract(data.Interfaces[name]))
		}
	}
	for _, key := range sortedKeys(leaves) {
		s.Leaves = append(s.Leaves, leaves[key])
		if leaves[key].isStringEnum() {
			s.Enums = append(s.Enums, leaves[key])
		}
	}
	return s
}

func (s *schema) newAbstract(i *codegen.Interface) *abstract {
	a := &abstract{Interface: i}
	for _, impl := range i.Implementors {
		if impl.Kind != ast.Object {
			continue // an interface among them: its objects are listed as well
		}
		at := slices.IndexFunc(a.Kinds, func(k kind) bool { return k.Object.Name == impl.Name })
		if at < 0 {
			at = len(a.Kinds)
			a.Kinds = append(a.Kinds, kind{Object: s.Objects.ByName(impl.Name)})
		}
		a.Kinds[at].Cases = append(a.Kinds[at].Cases, impl)
	}
	return a
}

// kinds returns the concrete types of a composite type, in the order of its gather function.
func (s *schema) kinds(def *ast.Definition) []string {
	if def.Kind == ast.Object {
		return []string{def.Name}
	}
	var names []string
	for _, k := range s.newAbstract(s.Interfaces[def.Name]).Kinds {
		names = append(names, k.Object.Name)
	}
	return names
}

func addLeaf(leaves map[string]*leaf, ref *config.TypeReference) *leaf {
	key := ref.UniquenessKey()
	if l, ok := leaves[key]; ok {
		return l
	}
	l := &leaf{TypeReference: ref}
	leaves[key] = l
	elem := ref.Elem()
	switch {
	case elem == nil:
	case ref.IsSlice() || ref.IsPtrToSlice() || ref.IsPtrToIntf() || ref.IsPtrToPtr(), (&leaf{TypeReference: elem}).isStringEnum():
		l.Inner = addLeaf(leaves, elem)
	}
	return l
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
