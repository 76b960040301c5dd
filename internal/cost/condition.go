package cost

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// condition is when a field is executed: if all variables of one of these lists
// have the wanted value. One empty list means always; no list means never.
type condition [][]wanted

type wanted struct {
	variable string
	value    bool
}

var always = condition{nil}

func (c condition) holds(variables map[string]any) bool {
	for _, all := range c {
		if met(all, variables) {
			return true
		}
	}
	return false
}

func met(all []wanted, variables map[string]any) bool {
	for _, w := range all {
		if value, _ := variables[w.variable].(bool); value != w.value {
			return false
		}
	}
	return true
}

// constant reports whether the condition is the same for all variables.
func (c condition) constant() bool {
	for _, all := range c {
		if len(all) == 0 {
			return true
		}
	}
	return len(c) == 0
}

// conditions adds what @skip and @include ask to a list. Never tells that no
// variable can meet them.
func conditions(outer []wanted, directives ast.DirectiveList) (all []wanted, never bool) {
	all = outer
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		a := d.Arguments.ForName("if")
		if a == nil || a.Value == nil {
			continue
		}
		want := d.Name == "include"
		if a.Value.Kind == ast.Variable {
			all = append(slices.Clip(all), wanted{a.Value.Raw, want})
		} else if (a.Value.Raw == "true") != want {
			return nil, true
		}
	}
	return all, false
}
