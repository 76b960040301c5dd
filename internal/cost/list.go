package cost

import (
	"slices"
	"strconv"
)

// List is how large the price takes one list to be.
type List struct {
	Path    string `json:"path"`    // dotted response keys
	Size    int64  `json:"size"`    // of each such list
	Objects int64  `json:"objects"` // of all of them together
	By      string `json:"by"`      // what says so: an argument, or assumedSize
}

// Lists are the lists of an operation in the order of the document. Of an
// interface or union they are those of the dearest type, as in Explain.
func (p *Price) Lists(variables map[string]any) []List {
	var all []List
	p.root.lists(parent{objects: 1}, variables, &all)
	return all
}

// parent is the field above a selection.
type parent struct {
	path    string
	objects int64
	wrapped int64 // size of the list that it wraps
	by      *size // that list
}

func (g group) lists(above parent, variables map[string]any, all *[]List) {
	o := g.dearest(above.objects, above.wrapped, variables)
	if o == nil {
		return
	}
	for _, n := range o.fields {
		if n.below == nil || !n.when.holds(variables) {
			continue
		}
		own := parent{path: join(above.path, n.key)}
		own.objects, own.wrapped = n.objects(above.objects, above.wrapped, variables)
		switch {
		case n.sized:
			*all = append(*all, List{own.path, above.wrapped, own.objects, above.by.by(variables)})
		case n.wraps:
			own.by = n.size
		case n.size != nil:
			*all = append(*all, List{own.path, n.size.of(variables), own.objects, n.size.by(variables)})
		}
		n.below.lists(own, variables, all)
	}
}

// by tells what gives the size for these variables.
func (s *size) by(variables map[string]any) string {
	decided := s.of(variables)
	for _, a := range s.given {
		switch n, ok := a.of(variables); {
		case !ok || n != decided:
		case a.variable != "":
			return a.argument + ": $" + a.variable
		default:
			return a.argument + ": " + strconv.FormatInt(a.literal, 10)
		}
	}
	return "assumedSize"
}

// Variables are those that the price depends on, by name: those that say how
// long a list is, and those of @skip and @include.
func (p *Price) Variables() (sizes, conditions []string) {
	p.root.variables(&sizes, &conditions)
	slices.Sort(sizes)
	slices.Sort(conditions)
	return slices.Compact(sizes), slices.Compact(conditions)
}

func (g group) variables(sizes, conditions *[]string) {
	for i := range g {
		for _, n := range g[i].fields {
			for _, all := range n.when {
				for _, w := range all {
					*conditions = append(*conditions, w.variable)
				}
			}
			if n.size != nil {
				for _, a := range n.size.given {
					if a.variable != "" {
						*sizes = append(*sizes, a.variable)
					}
				}
			}
			n.below.variables(sizes, conditions)
		}
	}
}
