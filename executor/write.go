package executor

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/binding"
)

// writer walks the results depth-first and appends the answer. It visits each value once, also below an object that turns out to be null,
// because errors are reported during the visit.
//
// Its methods report whether what they wrote is null. If so, the caller removes it and writes null instead, and is null itself if the type
// does not allow null there.
type writer struct {
	binding.Writer
	x *execution
	// lent is the buffer that Buf came from; it is nil if Buf was made for this answer.
	lent *[]byte
}

func (x *execution) newWriter() *writer {
	size := x.plan.guess()
	return &writer{Writer: binding.Writer{Buf: make([]byte, 0, size+size/8)}, x: x}
}

// object writes an object of a group.
func (w *writer) object(g *group, row int) (null bool) {
	if w.full() {
		return false
	}
	w.Buf = append(w.Buf, '{')
	for i, f := range g.sel.fields {
		w.key(i, f)
		switch f.kind {
		case typename:
		case fromParents:
			if w.leaf(f, g, nil, g.column, row) && f.nonNull {
				null = true
			}
		default:
			r := &g.results[f.slot]
			if w.result(r, row) && r.forbidsNull(row) {
				null = true
			}
		}
	}
	w.Buf = append(w.Buf, '}')
	return null
}

// key writes the name of the i-th field of an object.
func (w *writer) key(i int, f *Field) {
	if i == 0 {
		w.Buf = append(w.Buf, f.key[1:]...)
	} else {
		w.Buf = append(w.Buf, f.key...)
	}
}

// result writes what a field gave for one parent.
func (w *writer) result(r *result, row int) (null bool) {
	if r.faulty() {
		w.x.reportFaults(r, row)
	}
	if r.failed != nil {
		if r.apart != nil && r.apart[row] != nil {
			start := len(w.Buf)
			r.apart[row].MarshalGQL(w)
			return string(w.Buf[start:]) == "null"
		}
		if r.hasFailed(row) {
			w.Buf = append(w.Buf, "null"...)
			return true
		}
	}
	if r.field.kind == fromResults {
		return w.leaf(r.field, r.parents, r, r.column, row)
	}
	return w.orNull(r, r.field.collected.Definition.Type, 0, row)
}

// orNull writes a value that is depth lists deep in a result, or null instead.
func (w *writer) orNull(r *result, t *ast.Type, depth, position int) (null bool) {
	start := len(w.Buf)
	if t.Elem != nil {
		null = w.list(r, t, depth, position)
	} else {
		null = w.element(r, t, depth, position)
	}
	if null {
		w.Buf = append(w.Buf[:start], "null"...)
	}
	return null
}

func (w *writer) list(r *result, t *ast.Type, depth, position int) (null bool) {
	ends := r.gathered.Lists[depth]
	from, end := 0, ends[position]
	if end < 0 {
		if t.NonNull {
			w.x.reportNull(r, t, depth, position)
		}
		return true
	}
	if position > 0 {
		from = listEnd(ends[position-1])
	}
	w.Buf = append(w.Buf, '[')
	for i := from; i < int(end); i++ {
		if i > from {
			w.Buf = append(w.Buf, ',')
		}
		if w.orNull(r, t.Elem, depth+1, i) && t.Elem.NonNull {
			null = true
		}
	}
	w.Buf = append(w.Buf, ']')
	return null
}

func (w *writer) element(r *result, t *ast.Type, depth, position int) (null bool) {
	kind, object := int32(0), int32(position)
	if r.gathered.Refs != nil {
		object = r.gathered.Refs[position]
	}
	if object == binding.Null {
		if t.NonNull {
			w.x.reportNull(r, t, depth, position)
		}
		return true
	}
	if r.gathered.Kinds != nil {
		kind = r.gathered.Kinds[position]
	}
	if kind == binding.Other {
		return w.other(r, depth, position, r.gathered.Others[object])
	}
	return w.object(&r.groups[kind], int(object))
}

// other writes a value behind an interface that is not an object of the schema; as in gqlgen, the value writes itself.
func (w *writer) other(r *result, depth, position int, v any) (null bool) {
	ctx := &reporting{r.ctx, w.x.elementContext(r, depth, position)}
	return w.guard(ctx, func() bool {
		m, ok := v.(graphql.Marshaler)
		if !ok {
			panic(fmt.Errorf("unexpected type %T; non-generated variants of %s must implement graphql.Marshaler",
				v, r.field.collected.Definition.Type.Name()))
		}
		m.MarshalGQL(w)
		return false
	})
}

// leaf writes a scalar or enum, for the parent in a row of a group. r is nil if the value is read from the parent itself.
func (w *writer) leaf(f *Field, g *group, r *result, column any, row int) (null bool) {
	start := len(w.Buf)
	if f.bind.Fallible {
		if w.fallible(f, g, r, column, row) {
			return true
		}
	} else {
		f.bind.Write(&w.Writer, column, row)
	}
	if w.Outcome == binding.Written {
		return false
	}
	outcome := w.Outcome
	w.Outcome = binding.Written
	if outcome == binding.WroteNull && !f.nonNull {
		return true
	}
	w.Buf = w.Buf[:start]
	return w.marshal(f, g, r, column, row)
}

// fallible calls Write if that may panic, and reports whether it did.
func (w *writer) fallible(f *Field, g *group, r *result, column any, row int) (failed bool) {
	start := len(w.Buf)
	defer func() {
		if p := recover(); p != nil {
			w.Outcome = binding.Written
			failed = w.panicked(w.leafContext(f, g, r, row), start, p)
		}
	}()
	f.bind.Write(&w.Writer, column, row)
	return false
}

// marshal writes a leaf with gqlgen's own marshaller, which reports what is wrong with the value.
func (w *writer) marshal(f *Field, g *group, r *result, column any, row int) (null bool) {
	ctx := w.leafContext(f, g, r, row)
	return w.guard(ctx, func() bool {
		start := len(w.Buf)
		m := f.bind.Marshal(ctx, w.x.bound, f.collected.Selections, column, row)
		m.MarshalGQL(w)
		return string(w.Buf[start:]) == "null"
	})
}

// guard writes something that may panic.
func (w *writer) guard(ctx context.Context, write func() bool) (null bool) {
	start := len(w.Buf)
	defer func() {
		if p := recover(); p != nil {
			null = w.panicked(ctx, start, p)
		}
	}()
	return write()
}

// panicked reports a panic and writes null instead.
func (w *writer) panicked(ctx context.Context, start int, p any) (null bool) {
	if err := w.x.op.Recover(ctx, p); w.x.mayReport() {
		w.x.op.Error(ctx, err)
	}
	w.Buf = append(w.Buf[:start], "null"...)
	return true
}

func (w *writer) leafContext(f *Field, g *group, r *result, row int) context.Context {
	if r == nil {
		r = &result{field: f, parents: g, ctx: g.ctx}
	}
	return w.x.at(r, row)
}
