package row

import "fmt"

// Columns is a set of a table's columns, by their place in it.
type Columns uint64

// Table tells how rows of one table become values of T, and values of T rows.
type Table[T any] struct {
	Name    string
	Alias   string      // in statements
	Type    string      // of the GraphQL schema
	Columns []Column[T] // the id first
	Key     func(*T) Key
	// Fields are the columns that each field of the type is made of; the id,
	// which is always read, is not among them.
	Fields map[string]Columns
	// Values fills in the values of all columns, in their order.
	Values func(v *T, out []any)
}

// Names returns the names of the columns.
func (t *Table[T]) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Read reads columns out of raw, what PostgreSQL sent: first those of lead into
// at, then the others into v.
func Read[L, T any](raw [][]byte, lead []Column[L], columns []Column[T], at *L, v *T, a *Arena) error {
	if len(raw) != len(lead)+len(columns) {
		return fmt.Errorf("got %d columns, not %d", len(raw), len(lead)+len(columns))
	}
	for i := range lead {
		if err := lead[i].read(at, raw[i], a); err != nil {
			return err
		}
	}
	raw = raw[len(lead):]
	for i := range columns {
		if err := columns[i].read(v, raw[i], a); err != nil {
			return fmt.Errorf("column %s: %w", columns[i].Name, err)
		}
	}
	return nil
}

// Scan does what Read does by a driver's own Scan.
func Scan[L, T any](scan func(...any) error, lead []Column[L], columns []Column[T], at *L, v *T) error {
	dest := make([]any, 0, len(lead)+len(columns))
	for i := range lead {
		dest = append(dest, lead[i].dest(at))
	}
	for i := range columns {
		dest = append(dest, columns[i].dest(v))
	}
	return scan(dest...)
}

// Source is the current row of a result. Raw returns nil where only Scan reads it.
type Source interface {
	Raw() [][]byte
	Scan(dest ...any) error
}

// From does what Read does, or Scan where the source has nothing for Read.
func From[L, T any](s Source, lead []Column[L], columns []Column[T], at *L, v *T, a *Arena) error {
	if raw := s.Raw(); raw != nil {
		return Read(raw, lead, columns, at, v, a)
	}
	return Scan(s.Scan, lead, columns, at, v)
}

// OrNil gives a store NULL for a nil pointer, else the value.
func OrNil[V any](v *V) any {
	if v == nil {
		return nil
	}
	return *v
}
