package binding

// Gather is what a composite field gave for all its parents: the shape of its lists, and the objects that are in them, sorted by
// concrete type into the columns that the next level works on.
type Gather struct {
	// Failed marks the parents for which there is no value because of an error. nil if there are none.
	Failed []bool
	// Lists has an entry for each list of the field's type, from the outside in: where each list ends among the elements of
	// the next entry, or, in the last, among Refs. A null list is the complement of its (empty) end.
	Lists [][]int32
	// Refs are the positions of the values in the column of their kind, Null for none. nil if value i is object i of kind 0.
	Refs []int32
	// Kinds are the concrete types of the values, as positions in Field.Types, or Other. nil if all are kind 0.
	Kinds []int32
	// Groups are the objects of each kind.
	Groups []Group
	// Others are values of no known type behind an interface.
	Others []any
}

// Group is the objects of one concrete type.
type Group struct {
	Column any
	Len    int
}

const (
	// Null in Refs is a value that is null.
	Null = -1
	// Other in Kinds is a value of a type that the schema does not know; Refs then is its position in Others.
	Other = -1
)

// Lists takes one layer of lists off a column.
func Lists[E any](g *Gather, column [][]E, nonNull bool) []E {
	failed := g.failed()
	ends := make([]int32, len(column))
	total := 0
	for i, list := range column {
		total += len(list)
		ends[i] = int32(total)
		if list == nil && !nonNull || failed != nil && failed[i] {
			total -= len(list)
			ends[i] = ^int32(total)
		}
	}
	g.Lists = append(g.Lists, ends)
	if len(column) == 1 && ends[0] >= 0 {
		return column[0]
	}
	flat := make([]E, 0, total)
	for i, list := range column {
		if ends[i] >= 0 {
			flat = append(flat, list...)
		}
	}
	return flat
}

// ListPointers is Lists for lists behind pointers; a nil pointer is a null list.
func ListPointers[E any](g *Gather, column []*[]E) []E {
	lists := make([][]E, len(column))
	for i, list := range column {
		if list == nil {
			continue
		}
		lists[i] = *list
		if lists[i] == nil {
			lists[i] = []E{}
		}
	}
	return Lists(g, lists, false)
}

// Deref takes one layer of pointers off a column; what a nil pointer stands for is nil too.
func Deref[E any](column []*E) []E {
	values := make([]E, len(column))
	for i, v := range column {
		if v != nil {
			values[i] = *v
		}
	}
	return values
}

// failed are the parents without a value, if the next column is still one element to a parent.
func (g *Gather) failed() []bool {
	if len(g.Lists) > 0 {
		return nil
	}
	return g.Failed
}

// Pointers takes objects that are pointers.
func Pointers[T any](g *Gather, column []*T) {
	Nilable(g, column, func(v *T) bool { return v == nil })
}

// Nilable takes objects whose Go type has a nil.
func Nilable[E any](g *Gather, column []E, isNil func(E) bool) {
	nulls := 0
	for _, v := range column {
		if isNil(v) {
			nulls++
		}
	}
	failed := g.failed()
	if nulls == 0 && failed == nil {
		g.Groups = []Group{{Column: column, Len: len(column)}}
		return
	}
	objects := make([]E, 0, len(column)-nulls)
	g.Refs = make([]int32, len(column))
	for i, v := range column {
		if isNil(v) || failed != nil && failed[i] {
			g.Refs[i] = Null
			continue
		}
		g.Refs[i] = int32(len(objects))
		objects = append(objects, v)
	}
	g.Groups = []Group{{Column: objects, Len: len(objects)}}
}

// Values takes objects that are struct values, by address.
func Values[T any](g *Gather, column []T) {
	pointers := make([]*T, len(column))
	failed := g.failed()
	for i := range column {
		if failed == nil || !failed[i] {
			pointers[i] = &column[i]
		}
	}
	Pointers(g, pointers)
}

// Split sorts the values of an abstract type by concrete type.
func Split[E any](g *Gather, column []E, kinds int, kindOf func(s *Sorter, v E)) *Sorter {
	s := &Sorter{gather: g, next: make([]int32, kinds)}
	g.Refs = make([]int32, len(column))
	g.Kinds = make([]int32, len(column))
	g.Groups = make([]Group, kinds)
	failed := g.failed()
	for i, v := range column {
		s.at = i
		if failed != nil && failed[i] {
			s.Null()
			continue
		}
		kindOf(s, v)
	}
	return s
}

// Sorter is told, value by value, what an abstract value is.
type Sorter struct {
	gather *Gather
	at     int
	next   []int32
}

// Null says that the value is null.
func (s *Sorter) Null() { s.gather.Refs[s.at] = Null }

// Is says that the value is of a kind. The caller adds it to the column of that kind.
func (s *Sorter) Is(kind int32) {
	s.gather.Kinds[s.at] = kind
	s.gather.Refs[s.at] = s.next[kind]
	s.next[kind]++
}

// Other says that the value is of no known type.
func (s *Sorter) Other(v any) {
	s.gather.Kinds[s.at] = Other
	s.gather.Refs[s.at] = int32(len(s.gather.Others))
	s.gather.Others = append(s.gather.Others, v)
}

// Group hands over the column of a kind.
func (s *Sorter) Group(kind int32, column any) {
	s.gather.Groups[kind] = Group{Column: column, Len: int(s.next[kind])}
}
