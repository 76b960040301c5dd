package cost

import "slices"

// Price is the price of one operation of a document, to be evaluated for the
// variables of each request. It is not changed once it is made.
type Price struct {
	root     group
	constant int64 // -1 if it depends on variables
}

// group is a selection of fields on objects of one type, or of one of several
// types, of which the dearest counts.
type group []option

// option is the selection on one type.
type option struct {
	typ    string
	weight int64 // of one object
	kinds  int64 // how many types it stands for, all with these fields
	fields []*node
}

// node is a field of a selection.
type node struct {
	key   string // response key
	when  condition
	each  int64 // points each time it is resolved
	level int64 // points if it is resolved at all
	rows  *rows // points more once; nil for none
	below group // nil for a leaf

	size  *size // of the list that the field is or wraps; nil for one object
	wraps bool  // the list is not the field, but sized fields below it
	sized bool  // the field is a list that the field above wraps
}

// points are those that grow with the number of objects, and those that do not.
type points struct{ each, once int64 }

func (p points) total() int64 { return add(p.each, p.once) }

func (p points) plus(q points) points { return points{add(p.each, q.each), add(p.once, q.once)} }

// Points is what the operation costs at most.
func (p *Price) Points(variables map[string]any) int64 {
	if p.constant >= 0 {
		return p.constant
	}
	return p.root.points(1, 0, variables).total()
}

// points is what a selection costs for so many objects. Wrapped is the size of
// the list that the field above wraps. All objects may be of the dearest type,
// or some of each type, whose fields are then levels of their own.
func (g group) points(objects, wrapped int64, variables map[string]any) points {
	var most points
	for i := range g {
		p := g[i].points(objects, wrapped, variables)
		switch {
		case objects > 1:
			most = points{max(most.each, p.each), add(most.once, p.once)}
		case p.total() > most.total():
			most = p
		}
	}
	return most
}

func (o *option) points(objects, wrapped int64, variables map[string]any) points {
	sum := points{each: times(objects, o.weight)}
	for _, n := range o.fields {
		if sum.each == Most || sum.once == Most {
			break
		}
		if n.when.holds(variables) {
			sum = sum.plus(n.points(objects, wrapped, variables))
		}
	}
	sum.once = times(sum.once, o.most(objects))
	return sum
}

// most is of how many of its types so many objects can be.
func (o *option) most(objects int64) int64 { return min(o.kinds, max(objects, 1)) }

func (n *node) points(parents, wrapped int64, variables map[string]any) points {
	own := points{each: times(parents, n.each), once: n.once(parents, variables)}
	if n.below == nil {
		return own
	}
	objects, inner := n.objects(parents, wrapped, variables)
	return own.plus(n.below.points(objects, inner, variables))
}

func (n *node) once(parents int64, variables map[string]any) int64 {
	switch {
	case parents == 0:
		return 0
	case n.rows == nil:
		return n.level
	}
	return add(n.level, n.rows.of(variables))
}

// rows is what a field costs at most for the rows that it looks at.
type rows struct {
	points   int64
	spares   []string // values of an argument with which it looks at none
	value    string   // of that argument, where the document says it
	variable string   // or the variable that does
}

func (r *rows) of(variables map[string]any) int64 {
	value := r.value
	if r.variable != "" {
		value, _ = variables[r.variable].(string)
	}
	if slices.Contains(r.spares, value) {
		return 0
	}
	return r.points
}

// objects is how many objects the field returns for so many parents, and the
// size of the list that it wraps.
func (n *node) objects(parents, wrapped int64, variables map[string]any) (objects, inner int64) {
	switch {
	case n.sized:
		return times(parents, wrapped), 0
	case n.size == nil:
		return parents, 0
	case n.wraps:
		return parents, n.size.of(variables)
	}
	return times(parents, n.size.of(variables)), 0
}

// dynamic reports whether the price of a selection depends on variables.
func (g group) dynamic() bool {
	for i := range g {
		for _, n := range g[i].fields {
			if !n.when.constant() || n.rows != nil && n.rows.variable != "" || n.size != nil && !n.size.constant() || n.below.dynamic() {
				return true
			}
		}
	}
	return false
}
