package binding

// Gather is what a composite field returned for all its parents: the shape of its lists, and the objects in them, sorted by concrete type
// into the columns that the next level works on.
type Gather struct {
	// Failed marks the parents that have no value because of an error. It is nil if there are none.
	Failed []bool
	// Lists has an entry for each list in the field's type, from the outside in. It says where each list ends among the elements of the next
	// entry or, in the last entry, among Refs. For a null list it has the complement of its (empty) end.
	Lists [][]int32
	// Refs are the positions of the values in the column of their kind, or Null. It is nil if value i is object i of kind 0.
	Refs []int32
	// Kinds are the concrete types of the values, as positions in Field.Types, or Other. It is nil if all values are of kind 0.
	Kinds []int32
	// Groups are the objects of each kind.
	Groups []Group
	// Others are the values behind an interface whose type is unknown.
	Others []any
}

// Group is the objects of one concrete type.
type Group struct {
	Column any
	Len    int
}

const (
	// Null in Refs means that the value is null.
	Null = -1
	// Other in Kinds means that the schema does not know the type of the value; Refs is then its position in Others.
	Other = -1
)

// Lists removes one layer of lists from a column.
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

// ListPointers is Lists for lists behind pointers. A nil pointer is a null list.
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

// Deref removes one layer of pointers from a column. The value for a nil pointer is the zero value, which is nil too.
func Deref[E any](column []*E) []E {
	values := make([]E, len(column))
	for i, v := range column {
		if v != nil {
			values[i] = *v
		}
	}
	return values
}

// failed returns the parents without a value, if the column still has one element for each parent.
func (g *Gather) failed() []bool {
	if len(g.Lists) > 0 {
		return nil
	}
	return g.Failed
}

// Pointers gathers objects that are pointers.
func Pointers[T any](g *Gather, column []*T) {
	Nilable(g, column, func(v *T) bool { return v == nil })
}

// Nilable gathers objects whose Go type can be nil.
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

// Values gathers objects that are struct values, by address.
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

// Sorter learns, value by value, what type an abstract value has.
type Sorter struct {
	gather *Gather
	at     int
	next   []int32
}

// Null sets that the value is null.
func (s *Sorter) Null() { s.gather.Refs[s.at] = Null }

// Is sets the kind of the value. The caller adds the value to the column of that kind.
func (s *Sorter) Is(kind int32) {
	s.gather.Kinds[s.at] = kind
	s.gather.Refs[s.at] = s.next[kind]
	s.next[kind]++
}

// Other sets that the type of the value is unknown.
func (s *Sorter) Other(v any) {
	s.gather.Kinds[s.at] = Other
	s.gather.Refs[s.at] = int32(len(s.gather.Others))
	s.gather.Others = append(s.gather.Others, v)
}

// Group sets the column of a kind.
func (s *Sorter) Group(kind int32, column any) {
	s.gather.Groups[kind] = Group{Column: column, Len: int(s.next[kind])}
}
