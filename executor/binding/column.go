package binding

// Column makes and fills columns of one Go type, for values that come one at a time.
type Column interface {
	// Make returns a column of n zero values.
	Make(n int) any
	// Len is the number of values in a column, or -1 if the column has another type.
	Len(column any) int
	// Get is the i-th value.
	Get(column any, i int) any
	// Set stores v as the i-th value, and reports whether v has the right type. A nil v does not have it.
	Set(column any, i int, v any) bool
	// Zero is the zero value, for error messages.
	Zero() any
}

// ColumnOf is the Column of Go type R.
type ColumnOf[R any] struct{}

// Make implements Column.
func (ColumnOf[R]) Make(n int) any { return make([]R, n) }

// Len implements Column.
func (ColumnOf[R]) Len(column any) int {
	if values, ok := column.([]R); ok {
		return len(values)
	}
	return -1
}

// Get implements Column.
func (ColumnOf[R]) Get(column any, i int) any { return column.([]R)[i] }

// Set implements Column.
func (ColumnOf[R]) Set(column any, i int, v any) bool {
	value, ok := v.(R)
	if ok {
		column.([]R)[i] = value
	}
	return ok
}

// Zero implements Column.
func (ColumnOf[R]) Zero() any {
	var zero R
	return zero
}
