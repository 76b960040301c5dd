package cost

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
	fields []*node
}

// node is a field of a selection.
type node struct {
	key   string // response key
	when  condition
	each  int64 // points each time it is resolved
	below group // nil for a leaf

	size  *size // of the list that the field is or wraps; nil for one object
	wraps bool  // the list is not the field, but sized fields below it
	sized bool  // the field is a list that the field above wraps
}

// Points is what the operation costs at most.
func (p *Price) Points(variables map[string]any) int64 {
	if p.constant >= 0 {
		return p.constant
	}
	return p.root.points(1, 0, variables)
}

// points is what a selection costs for so many objects. Wrapped is the size of
// the list that the field above wraps.
func (g group) points(objects, wrapped int64, variables map[string]any) int64 {
	var dearest int64
	for i := range g {
		o := &g[i]
		sum := times(objects, o.weight)
		for _, n := range o.fields {
			if sum == Most {
				return Most
			}
			if n.when.holds(variables) {
				sum = add(sum, n.points(objects, wrapped, variables))
			}
		}
		dearest = max(dearest, sum)
	}
	return dearest
}

func (n *node) points(parents, wrapped int64, variables map[string]any) int64 {
	own := times(parents, n.each)
	if n.below == nil {
		return own
	}
	objects, inner := n.objects(parents, wrapped, variables)
	return add(own, n.below.points(objects, inner, variables))
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
			if !n.when.constant() || n.size != nil && !n.size.constant() || n.below.dynamic() {
				return true
			}
		}
	}
	return false
}
