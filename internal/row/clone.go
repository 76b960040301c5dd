package row

import (
	"reflect"
	"strings"
)

// Clone returns a copy of a row that shares no memory with what was read beside
// it, and how many bytes it takes.
func Clone[T any](v *T) (own *T, bytes int) {
	own = new(T)
	*own = *v
	r := reflect.ValueOf(own).Elem()
	bytes = int(r.Type().Size())
	for _, f := range r.Fields() {
		if !f.CanSet() {
			continue
		}
		switch {
		case f.Kind() == reflect.String:
			f.SetString(strings.Clone(f.String()))
			bytes += f.Len()
		case f.Kind() == reflect.Pointer && !f.IsNil():
			to := reflect.New(f.Type().Elem())
			to.Elem().Set(f.Elem())
			if to.Elem().Kind() == reflect.String {
				to.Elem().SetString(strings.Clone(to.Elem().String()))
				bytes += to.Elem().Len()
			}
			bytes += int(to.Elem().Type().Size())
			f.Set(to)
		}
	}
	return own, bytes
}
