package cost_test

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/cost"
)

// naive prices an operation by expanding it for given variables, without
// anything that is clever: type by type, field by field.
type naive struct {
	schema    *ast.Schema
	doc       *ast.QueryDocument
	variables map[string]any
}

func (n naive) operation(o *ast.OperationDefinition) int64 {
	root := n.schema.Query
	if o.Operation == ast.Mutation {
		root = n.schema.Mutation
	}
	each, once := n.objects(root, []ast.SelectionSet{o.SelectionSet}, 1, 0, nil)
	return capped(each + once)
}

// objects is what so many objects cost at most, each, and once for all of them.
func (n naive) objects(def *ast.Definition, sets []ast.SelectionSet, count, wrapped float64, list *ast.Directive) (each, once float64) {
	if def.Kind != ast.Object {
		for _, possible := range n.schema.GetPossibleTypes(def) {
			e, o := n.objects(possible, sets, count, wrapped, list)
			if count > 1 {
				each, once = max(each, e), once+o
			} else if e+o > each+once {
				each, once = e, o
			}
		}
		return each, once
	}
	each = count * weight(def)
	fields := map[string][]*ast.Field{}
	for _, set := range sets {
		n.collect(def, set, fields)
	}
	for _, same := range fields {
		e, o := n.field(def, same, count, wrapped, list)
		each, once = each+e, once+o
	}
	return each, once
}

func (n naive) collect(def *ast.Definition, set ast.SelectionSet, fields map[string][]*ast.Field) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if n.wanted(s.Directives) {
				fields[s.Alias] = append(fields[s.Alias], s)
			}
		case *ast.InlineFragment:
			if n.wanted(s.Directives) && n.applies(s.TypeCondition, def) {
				n.collect(def, s.SelectionSet, fields)
			}
		case *ast.FragmentSpread:
			f := n.doc.Fragments.ForName(s.Name)
			if n.wanted(s.Directives) && n.applies(f.TypeCondition, def) {
				n.collect(def, f.SelectionSet, fields)
			}
		}
	}
}

func (n naive) wanted(list ast.DirectiveList) bool {
	for _, d := range list {
		value, err := d.Arguments.ForName("if").Value.Value(n.variables)
		if err != nil {
			panic(err)
		}
		if value != (d.Name == "include") {
			return false
		}
	}
	return true
}

func (n naive) applies(condition string, def *ast.Definition) bool {
	return condition == "" || condition == def.Name || slices.Contains(n.schema.GetPossibleTypes(n.schema.Types[condition]), def)
}

func (n naive) field(parent *ast.Definition, same []*ast.Field, parents, wrapped float64, list *ast.Directive) (each, once float64) {
	f := same[0]
	if f.Name == "__typename" {
		return 0, 0
	}
	def := parent.Fields.ForName(f.Name)
	result := n.schema.Types[def.Type.Name()]
	if d := def.Directives.ForName("cost"); d != nil {
		each, _ = strconv.ParseFloat(d.Arguments.ForName("weight").Value.Raw, 64)
		if level := d.Arguments.ForName("level"); level != nil {
			once, _ = strconv.ParseFloat(level.Value.Raw, 64)
		}
		if rows := d.Arguments.ForName("rows"); rows != nil {
			looked, _ := strconv.ParseFloat(rows.Value.Raw, 64)
			if kind := f.ArgumentMap(n.variables)["kind"]; kind != "NAMES" && kind != "NONE" {
				once += looked / cost.RowsPerPoint
			}
		}
	} else if parent == n.schema.Mutation {
		each = cost.DefaultMutation
	} else if result.IsCompositeType() && !slices.Contains([]string{"BookConnection", "BookEdge", "AddPayload"}, parent.Name) {
		once = cost.DefaultLevel
	}
	each *= parents
	if parents == 0 {
		once = 0
	}
	if !result.IsCompositeType() {
		return each, once
	}
	var sets []ast.SelectionSet
	for _, s := range same {
		sets = append(sets, s.SelectionSet)
	}
	own := def.Directives.ForName("listSize")
	count, inner := parents, 0.0
	switch {
	case list != nil && slices.Contains(sizedFields(list), f.Name):
		count, own = parents*wrapped, nil
	case own == nil:
	case len(sizedFields(own)) > 0:
		inner = n.size(own, f)
	default:
		count, own = parents*n.size(own, f), nil
	}
	e, o := n.objects(result, sets, count, inner, own)
	if parent.Name == "BookEdge" {
		e -= count * weight(result) // counted with its edge
	}
	return each + e, once + o
}

func (n naive) size(d *ast.Directive, f *ast.Field) float64 {
	given := f.ArgumentMap(n.variables)
	largest := -1.0
	for _, child := range d.Arguments.ForName("slicingArguments").Value.Children {
		switch v := given[child.Value.Raw].(type) {
		case nil:
		case int64:
			largest = max(largest, float64(v), 0)
		case int:
			largest = max(largest, float64(v), 0)
		case json.Number:
			number, _ := v.Float64()
			largest = max(largest, number, 0)
		case []any:
			largest = max(largest, float64(len(v)))
		default:
			largest = max(largest, 1)
		}
	}
	if largest >= 0 {
		return largest
	}
	if a := d.Arguments.ForName("assumedSize"); a != nil {
		assumed, _ := strconv.ParseFloat(a.Value.Raw, 64)
		return assumed
	}
	return 0
}

func sizedFields(d *ast.Directive) (all []string) {
	if a := d.Arguments.ForName("sizedFields"); a != nil {
		for _, child := range a.Value.Children {
			all = append(all, child.Value.Raw)
		}
	}
	return all
}

func weight(def *ast.Definition) float64 {
	if d := def.Directives.ForName("cost"); d != nil {
		w, _ := strconv.ParseFloat(d.Arguments.ForName("weight").Value.Raw, 64)
		return w
	}
	switch def.Name {
	case "BookConnection", "PageInfo", "Mutation":
		return 0
	}
	return cost.DefaultObject
}

func capped(f float64) int64 {
	if f >= cost.Most {
		return cost.Most
	}
	return int64(f)
}
