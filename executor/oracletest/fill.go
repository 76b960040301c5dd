package oracletest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Fill sets the functions of a struct, and of the structs in it, to resolvers and directives made by reflection. target is a pointer to the
// Stub of package stub, to the one of gqlgen's plugin stubgen, or to a DirectiveRoot. The World in their context determines what they
// return.
func Fill(target any) { fill(reflect.ValueOf(target).Elem()) }

func fill(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case !f.CanSet():
		case f.Kind() == reflect.Struct:
			fill(f)
		case f.Kind() == reflect.Func:
			call := resolver
			switch t := f.Type(); {
			case t.NumIn() > 2 && t.In(2) == reflect.TypeFor[graphql.Resolver]():
				call = directive
			case t.NumOut() == 1:
				call = inputResolver
			}
			name, t := v.Type().Field(i).Name, f.Type()
			f.Set(reflect.MakeFunc(t, func(in []reflect.Value) []reflect.Value {
				return call(name, t, in)
			}))
		}
	}
}

// resolver resolves a field of one object, or of many if it takes a list and returns a list.
func resolver(_ string, t reflect.Type, in []reflect.Value) []reflect.Value {
	ctx := in[0].Interface().(context.Context)
	w, fc := worldOf(ctx), graphql.GetFieldContext(ctx)
	isBatch := !w.isRoot(fc.Object) && t.NumIn() > 1 && t.In(1).Kind() == reflect.Slice && t.In(1).Name() == "" &&
		t.Out(0).Kind() == reflect.Slice && fc.IsResolver
	c := &call{w: w, ctx: ctx, coordinate: fc.Object + "." + fc.Field.Name, result: fc.Field.Definition.Type}
	var v reflect.Value
	var err error
	if isBatch {
		v, err = c.batch(t.Out(0), in[1], in[2:])
	} else {
		v, err = c.single(t.Out(0), in[1:])
	}
	return []reflect.Value{v, errorValue(err)}
}

func errorValue(err error) reflect.Value {
	v := reflect.New(reflect.TypeFor[error]()).Elem()
	if err != nil {
		v.Set(reflect.ValueOf(err))
	}
	return v
}

// call is one call of a resolver.
type call struct {
	w          *World
	ctx        context.Context
	coordinate string
	result     *ast.Type
}

func (c *call) single(t reflect.Type, args []reflect.Value) (reflect.Value, error) {
	parts := []any{c.coordinate, place(c.ctx), t.String(), c.ctx.Value(carriedKey{})}
	for _, arg := range args {
		parts = append(parts, arg.Interface())
	}
	r := c.w.random(parts...)
	linger(r)
	m := &maker{World: c.w, ctx: c.ctx, Rand: r}
	if !c.w.fault(r) {
		return m.value(t, c.result, 0), nil
	}
	zero := reflect.Zero(t)
	switch r.IntN(8) {
	case 0:
		if t.Kind() == reflect.Chan {
			return m.value(t, c.result, 0), nil
		}
		return zero, nil
	case 1:
		panic(c.coordinate + " panicked")
	case 2:
		graphql.AddError(c.ctx, errors.New(c.coordinate+" added an error"))
		return m.value(t, c.result, 0), nil
	case 3:
		return m.value(t, c.result, 0), c.fails(r)
	default:
		return zero, c.fails(r)
	}
}

// batch resolves a field for many objects, each as if it were alone. If the field fails, it fails for all of them.
func (c *call) batch(t reflect.Type, objects reflect.Value, args []reflect.Value) (reflect.Value, error) {
	results := reflect.MakeSlice(t, objects.Len(), objects.Len())
	parts := []any{c.coordinate}
	for _, arg := range args {
		parts = append(parts, arg.Interface())
	}
	whole := c.w.random(parts...)
	linger(whole)
	if c.w.fault(whole) && whole.IntN(3) == 0 {
		return reflect.Zero(t), errors.New("all of " + c.coordinate + " failed")
	}
	errs, failed := make(graphql.BatchErrorList, objects.Len()), false
	for i := range objects.Len() {
		r := c.w.random(append(parts, objects.Index(i).Interface())...)
		m := &maker{World: c.w, ctx: c.ctx, Rand: r}
		switch {
		case !c.w.fault(r):
			results.Index(i).Set(m.value(t.Elem(), c.result, 0))
		case r.IntN(8) > 0:
			errs[i], failed = c.fails(r), true
		}
	}
	if failed {
		return results, errs
	}
	return results, nil
}

// fails returns an error of one of the kinds that gqlgen distinguishes.
func (c *call) fails(r *rand.Rand) error {
	what := c.coordinate
	switch r.IntN(6) {
	case 0:
		return &gqlerror.Error{Message: what + " failed richly", Extensions: map[string]any{"code": "RICH", "what": what}}
	case 1:
		return &gqlerror.Error{Message: what + " failed elsewhere", Path: ast.Path{ast.PathName("else"), ast.PathIndex(1)}}
	case 2:
		return gqlerror.List{{Message: what + " failed once"}, {Message: what + " failed twice", Extensions: map[string]any{"n": 2}}}
	case 3:
		return fmt.Errorf("wrapped: %w", &gqlerror.Error{Message: what + " failed inside"})
	default:
		return errors.New(what + " failed")
	}
}

// linger lets others run first in some calls, so that calls end in a different order than they began.
func linger(r *rand.Rand) {
	for range max(0, r.IntN(200)-190) {
		runtime.Gosched()
	}
}

// inputResolver sets a field of an input object: it keeps the value, or refuses.
func inputResolver(name string, _ reflect.Type, in []reflect.Value) []reflect.Value {
	w := worldOf(in[0].Interface().(context.Context))
	var err error
	if r := w.random(name, in[2].Interface()); w.fault(r) {
		err = errors.New(name + " refused")
	}
	return []reflect.Value{errorValue(err)}
}

// directive usually calls what it guards. It ignores the path, because a directive of an argument runs once for all objects of a level
// here, and for each object in gqlgen.
func directive(name string, _ reflect.Type, in []reflect.Value) []reflect.Value {
	ctx, next := in[0].Interface().(context.Context), in[2].Interface().(graphql.Resolver)
	w := worldOf(ctx)
	parts := []any{name, in[1].Interface()}
	if fc := graphql.GetFieldContext(ctx); fc != nil {
		parts = append(parts, fc.Object, fc.Field.Name)
	}
	for _, arg := range in[3:] {
		parts = append(parts, arg.Interface())
	}
	r := w.random(parts...)
	if r.IntN(10) == 0 {
		ctx = context.WithValue(ctx, carriedKey{}, name)
	}
	var v any
	var err error
	kind := r.IntN(6)
	switch {
	case !w.fault(r):
		v, err = next(ctx)
	case kind == 0: // returns nothing instead
	case kind == 1:
		v = struct{ wrong string }{name}
	case kind == 2:
		panic("@" + name + " panicked")
	default:
		err = errors.New("@" + name + " refused")
	}
	out := reflect.New(reflect.TypeFor[any]()).Elem()
	if v != nil {
		out.Set(reflect.ValueOf(v))
	}
	return []reflect.Value{out, errorValue(err)}
}
