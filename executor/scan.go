package executor

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/binding"
)

// scan is what can be known about running an operation before it is compiled.
type scan struct {
	// foreign is the reason why gqlgen executes the operation; "" if it does not.
	foreign string
	// conditions are the variables of @skip and @include, in order of appearance.
	conditions []string
	// plans is how many plans of the operation are in the cache; the cache's lock guards it.
	plans int

	// While scanning only.
	fragments map[string]bool
	doc       *ast.QueryDocument
	bindings  *binding.Schema
}

// maxConditions is the largest number of condition variables in the key of a plan.
const maxConditions = 64

func scanOperation(bindings *binding.Schema, doc *ast.QueryDocument, op *ast.OperationDefinition) *scan {
	s := &scan{bindings: bindings, doc: doc, fragments: map[string]bool{}}
	for _, d := range op.Directives {
		s.foreign = "directive @" + d.Name
	}
	s.selections(op.SelectionSet)
	if s.foreign == "" && len(s.conditions) > maxConditions {
		s.foreign = "too many variables of @skip and @include"
	}
	s.fragments, s.doc, s.bindings = nil, nil, nil
	return s
}

func (s *scan) selections(set ast.SelectionSet) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			switch {
			case sel.Name == "__schema" || sel.Name == "__type":
				s.foreign = "introspection"
			case s.isForeign(sel):
				s.foreign = "federation's computed @requires"
			}
			s.directives(sel.Directives)
			s.selections(sel.SelectionSet)
		case *ast.InlineFragment:
			s.directives(sel.Directives)
			s.selections(sel.SelectionSet)
		case *ast.FragmentSpread:
			s.directives(sel.Directives)
			if s.fragments[sel.Name] {
				continue
			}
			s.fragments[sel.Name] = true
			if fragment := s.doc.Fragments.ForName(sel.Name); fragment != nil {
				s.selections(fragment.SelectionSet)
			}
		}
	}
}

// isForeign reports whether only gqlgen can resolve a field, or one of the fields that implement it.
func (s *scan) isForeign(f *ast.Field) bool {
	if len(s.bindings.Foreign) == 0 || f.ObjectDefinition == nil {
		return false
	}
	if f.ObjectDefinition.Kind == ast.Object {
		return s.bindings.Foreign[f.ObjectDefinition.Name+"."+f.Name]
	}
	for name, object := range s.bindings.Objects {
		if slices.Contains(object.Satisfies, f.ObjectDefinition.Name) && s.bindings.Foreign[name+"."+f.Name] {
			return true
		}
	}
	return false
}

// directives records the variables of conditions. With any other directive (@defer, or one that the schema defines for executable
// locations) gqlgen executes the operation.
func (s *scan) directives(list ast.DirectiveList) {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			s.foreign = "directive @" + d.Name
			continue
		}
		arg := d.Arguments.ForName("if")
		if arg == nil {
			s.foreign = "@" + d.Name + " without its argument"
			continue
		}
		if name := arg.Value.Raw; arg.Value.Kind == ast.Variable && !slices.Contains(s.conditions, name) {
			s.conditions = append(s.conditions, name)
		}
	}
}

// mask is the values of the conditions in this request, as bits. ok is false if one of them is not a boolean; gqlgen then reports that.
func (s *scan) mask(op *graphql.OperationContext) (mask uint64, ok bool) {
	for i, name := range s.conditions {
		value, present := op.Variables[name]
		if !present {
			def := op.Operation.VariableDefinitions.ForName(name)
			if def == nil || def.DefaultValue == nil {
				return 0, false
			}
			value, _ = def.DefaultValue.Value(nil)
		}
		condition, isBool := value.(bool)
		if !isBool {
			return 0, false
		}
		if condition {
			mask |= 1 << i
		}
	}
	return mask, true
}
