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
	p.root.explain("", 1, 0, variables, &lines)
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

func (g group) explain(path string, objects, wrapped int64, variables map[string]any, lines *[]operation.PathCost) {
	o := g.dearest(objects, wrapped, variables)
	if o == nil {
		return
	}
	for _, n := range o.fields {
		if !n.when.holds(variables) {
			continue
		}
		line := operation.PathCost{Path: join(path, n.key), Points: times(objects, n.each), Objects: objects}
		if n.below == nil {
			*lines = append(*lines, line)
			continue
		}
		returned, inner := n.objects(objects, wrapped, variables)
		line.Objects = returned
		if below := n.below.dearest(returned, inner, variables); below != nil {
			line.Points = add(line.Points, times(returned, below.weight))
		}
		*lines = append(*lines, line)
		n.below.explain(line.Path, returned, inner, variables, lines)
	}
}

func (g group) dearest(objects, wrapped int64, variables map[string]any) *option {
	var found *option
	most := int64(-1)
	for i := range g {
		if sum := g[i:i+1].points(objects, wrapped, variables); sum > most {
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
