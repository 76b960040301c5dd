package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/idempotency"
	"github.com/weftql/weft/internal/query"
)

// once is @idempotent: a mutation with a key runs once, in one transaction with
// what is kept of its payload, and is answered again with the objects as they
// are then.
type once struct {
	keys     *idempotency.Store
	payloads map[string]reflect.Type // by the name of the mutation
}

func newOnce(keys *idempotency.Store) once {
	o := once{keys, map[string]reflect.Type{}}
	resolvers := reflect.TypeFor[generated.MutationResolver]()
	for m := range resolvers.Methods() {
		o.payloads[strings.ToLower(m.Name)] = m.Type.Out(0).Elem()
	}
	return o
}

func (o once) directive(ctx context.Context, _ any, next graphql.Resolver) (result any, err error) {
	key := idempotency.FromContext(ctx)
	if key == nil {
		return next(ctx)
	}
	field := graphql.GetFieldContext(ctx).Field
	err = o.keys.Once(ctx, key, auth.FromContext(ctx).ID, field.Alias,
		func(ctx context.Context) (kept []byte, err error) {
			if result, err = next(ctx); err != nil {
				return nil, err
			}
			return keep(result)
		},
		func(ctx context.Context, kept []byte) (err error) {
			result, err = restore(ctx, o.payloads[strings.ToLower(field.Name)], kept)
			return err
		})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// keep writes what a payload is made of again: the ids of its objects, and what
// is no object. It fails for what restore could not make again.
func keep(payload any) ([]byte, error) {
	kept := map[string]any{}
	v := reflect.ValueOf(payload).Elem()
	for i := range v.NumField() {
		name, field := v.Type().Field(i).Name, v.Field(i)
		value, err := keepField(field)
		if err != nil {
			return nil, fmt.Errorf("keep %s.%s: %w", v.Type().Name(), name, err)
		}
		if value != nil {
			kept[name] = value
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("encode payload: %w", err)
	}
	return text, nil
}

// keepField returns what is kept of a field; nil for a pointer to nothing.
func keepField(field reflect.Value) (any, error) {
	if field.Kind() == reflect.Pointer && field.IsNil() {
		return nil, nil
	}
	value := field.Interface()
	if id, is := nodeID(value); is {
		return id.String(), nil
	}
	switch value := value.(type) {
	case time.Time:
		return value, nil
	case interface { // ids and enums
		fmt.Stringer
		graphql.Marshaler
	}:
		return value.String(), nil
	}
	switch field.Kind() {
	case reflect.Bool, reflect.Int, reflect.String:
		return value, nil
	}
	return nil, fmt.Errorf("a %s is neither an object that node finds nor a scalar: "+
		"say entity.Node() in the annotations of its entity, or take @idempotent from the mutation", field.Type())
}

// restore makes a payload of what keep wrote, with its objects as they are now.
func restore(ctx context.Context, payload reflect.Type, kept []byte) (any, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(kept, &fields); err != nil {
		return nil, fmt.Errorf("decode payload: %w", err)
	}
	made := reflect.New(payload)
	for i := range payload.NumField() {
		name := payload.Field(i).Name
		if raw, ok := fields[name]; ok {
			if err := restoreField(ctx, made.Elem().Field(i).Addr().Interface(), raw); err != nil {
				return nil, fmt.Errorf("restore %s: %w", name, err)
			}
		}
	}
	return made.Interface(), nil
}

func restoreField(ctx context.Context, field any, raw []byte) error {
	if is, err := restoreNode(ctx, field, raw); is {
		return err
	}
	if field, ok := field.(graphql.Unmarshaler); ok { // ids and enums
		var id string
		if err := json.Unmarshal(raw, &id); err != nil {
			return err
		}
		return field.UnmarshalGQL(id)
	}
	return json.Unmarshal(raw, field)
}

// restoreObject reads the object with this id as the viewer may see it now.
func restoreObject[T any](ctx context.Context, field **T, raw []byte, e *query.Entity[T]) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	id, err := typeid.Parse(text)
	if err != nil {
		return err
	}
	found, err := loader.ByID(ctx, e, []query.Key{query.Key(id.UUID())}, ^query.Columns(0))
	switch {
	case err != nil:
		return err
	case len(found) == 0 || found[0] == nil:
		return apperr.New(apperr.NotFound, "what this mutation made or changed is gone: there is no %s", id)
	}
	*field = found[0]
	return nil
}
