package cost

import (
	"cmp"
	"slices"

	"github.com/weftql/weft/internal/operation"
)

// Explain is the price by path, in the order of the document. Of an interface
// or union it has the dearest type. The points of all paths together are those
// of the operation.
func (p *Price) Explain(variables map[string]any) []operation.PathCost {
	var lines []operation.PathCost
	for _, o := range p.root {
		if o.weight > 0 {
			lines = append(lines, operation.PathCost{Points: o.weight, Objects: 1})
		}
	}
	p.root.explain(place{objects: 1, kinds: 1}, variables, &lines)
	return lines
}

// Heaviest are the n dearest paths, the dearest first, without those that are
// free.
func (p *Price) Heaviest(variables map[string]any, n int) []operation.PathCost {
	lines := p.Explain(variables)
	slices.SortStableFunc(lines, func(a, b operation.PathCost) int { return cmp.Compare(b.Points, a.Points) })
	lines = slices.DeleteFunc(lines, func(l operation.PathCost) bool { return l.Points == 0 })
	return lines[:min(n, len(lines))]
}

// place is where a selection is.
type place struct {
	path    string
	objects int64
	wrapped int64 // size of the list that the field above wraps
	kinds   int64 // how many types the selections above stand for
	once    bool  // of what does not grow with the number of objects alone
}

func (g group) explain(at place, variables map[string]any, lines *[]operation.PathCost) {
	o := g.dearest(at.objects, at.wrapped, variables)
	for i := range g {
		at := at
		if &g[i] != o {
			if at.objects <= 1 {
				continue
			}
			at.once = true
		}
		at.kinds = times(at.kinds, g[i].most(at.objects))
		g[i].explain(at, variables, lines)
	}
}

func (o *option) explain(at place, variables map[string]any, lines *[]operation.PathCost) {
	for _, n := range o.fields {
		if !n.when.holds(variables) {
			continue
		}
		line := operation.PathCost{Path: join(at.path, n.key), Points: times(n.once(at.objects, variables), at.kinds), Objects: at.objects}
		if !at.once {
			line.Points = add(line.Points, times(at.objects, n.each))
		}
		below := at
		if n.below != nil {
			below.path = line.Path
			below.objects, below.wrapped = n.objects(at.objects, at.wrapped, variables)
			line.Objects = below.objects
			if dearest := n.below.dearest(below.objects, below.wrapped, variables); dearest != nil && !at.once {
				line.Points = add(line.Points, times(below.objects, dearest.weight))
			}
		}
		if !at.once || line.Points > 0 {
			*lines = append(*lines, line)
		}
		if n.below != nil {
			n.below.explain(below, variables, lines)
		}
	}
}

// dearest is the option that counts for each object.
func (g group) dearest(objects, wrapped int64, variables map[string]any) *option {
	var found *option
	most := int64(-1)
	for i := range g {
		p := g[i].points(objects, wrapped, variables)
		sum := p.each
		if objects <= 1 {
			sum = p.total()
		}
		if sum > most {
			found, most = &g[i], sum
		}
	}
	return found
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
