package cost

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/sdl"
)

// check returns what is wrong with the cost directives, each fault with its
// file and line:
//
//   - negative points or a negative size
//   - a list of objects that neither has @listSize nor is a sized field of all
//     that return it
//   - @listSize on what is no list and names no sized field
//   - a slicing argument that the field does not have, or that is neither a
//     whole number nor a list
//   - a sized field that is no list of the result
//   - neither assumedSize nor a slicing argument that must be given
func (m *Model) check() error {
	var faults []error
	fault := func(p *ast.Position, format string, args ...any) {
		faults = append(faults, fmt.Errorf(sdl.Place(p)+format, args...))
	}
	returned := m.returnedBy()
	for _, name := range sortedTypes(m.schema) {
		def := m.schema.Types[name]
		for _, problem := range checkCost(def.Directives) {
			fault(def.Position, "%s: %s", name, problem)
		}
		for _, f := range def.Fields {
			at := name + "." + f.Name
			for _, problem := range append(checkCost(f.Directives), checkSpares(f)...) {
				fault(f.Position, "%s: %s", at, problem)
			}
			if l := readListSize(f); l != nil {
				for _, problem := range m.checkList(f, l) {
					fault(f.Position, "%s: @listSize: %s", at, problem)
				}
				continue
			}
			if f.Type.Elem == nil || composite(m.schema, f) == nil {
				continue
			}
			if missing := unsized(f.Name, returned[name]); missing != "" {
				fault(f.Position, "%s is a list of objects: give it @listSize, or name it in sizedFields of %s", at, missing)
			}
		}
	}
	return errors.Join(faults...)
}

func checkCost(list ast.DirectiveList) (problems []string) {
	for _, d := range list.ForNames("cost") {
		for _, argument := range []string{"weight", "level", "rows"} {
			if n, ok := intArgument(d, argument); ok && n < 0 {
				problems = append(problems, fmt.Sprintf("@cost(%s: %d): points and rows are not negative", argument, n))
			}
		}
	}
	return problems
}

// checkSpares returns what is wrong with rowsUnless: each element is an argument of
// the field and a value, and all are of the same argument.
func checkSpares(f *ast.FieldDefinition) (problems []string) {
	d := f.Directives.ForName("cost")
	if d == nil {
		return nil
	}
	first := ""
	for _, pair := range names(d, "rowsUnless") {
		argument, value, whole := strings.Cut(pair, ": ")
		switch {
		case !whole || value == "" || f.Arguments.ForName(argument) == nil:
			problems = append(problems, fmt.Sprintf("@cost(rowsUnless: %q): want an argument of the field and a value, as \"type: USER\"", pair))
		case first != "" && argument != first:
			problems = append(problems, fmt.Sprintf("@cost(rowsUnless: %q): want values of one argument, as before of %s", pair, first))
		}
		first = argument
	}
	return problems
}

// source is a field that returns a type.
type source struct {
	at   string
	list *listSize
}

// returnedBy are the fields that return each type.
func (m *Model) returnedBy() map[string][]source {
	all := make(map[string][]source)
	for _, name := range sortedTypes(m.schema) {
		for _, f := range m.schema.Types[name].Fields {
			result := f.Type.Name()
			all[result] = append(all[result], source{name + "." + f.Name, readListSize(f)})
		}
	}
	return all
}

// unsized names a field that returns the type of a list field and does not size
// it; "" if all do.
func unsized(list string, from []source) string {
	for _, s := range from {
		if s.list == nil || !slices.Contains(s.list.sized, list) {
			return s.at
		}
	}
	if len(from) == 0 {
		return "the fields that return it"
	}
	return ""
}

func (m *Model) checkList(f *ast.FieldDefinition, l *listSize) (problems []string) {
	result := composite(m.schema, f)
	if f.Type.Elem == nil && len(l.sized) == 0 {
		problems = append(problems, "the field is no list, and sizedFields names none of its result")
	}
	for _, name := range l.sized {
		var sized *ast.FieldDefinition
		if result != nil {
			sized = result.Fields.ForName(name)
		}
		if sized == nil || sized.Type.Elem == nil {
			problems = append(problems, fmt.Sprintf("sizedFields: %s has no list %q", f.Type.Name(), name))
		}
	}
	for _, name := range l.slicing {
		a := f.Arguments.ForName(name)
		if a == nil || a.Type.Elem == nil && a.Type.NamedType != "Int" {
			problems = append(problems, fmt.Sprintf("slicingArguments: there is no argument %q that is an Int or a list", name))
		}
	}
	if l.assumed < -1 {
		problems = append(problems, "assumedSize is not negative")
	}
	if l.assumed < 0 && (len(l.slicing) == 0 || !l.requireOne) {
		problems = append(problems, "say assumedSize, or slicingArguments of which one must be given")
	}
	return problems
}

func sortedTypes(schema *ast.Schema) []string {
	all := make([]string, 0, len(schema.Types))
	for name, def := range schema.Types {
		if !def.BuiltIn && (def.Kind == ast.Object || def.Kind == ast.Interface) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
