package testschema

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/internal/testschema/model"
)

//go:generate go run ./cmd

// NewConfig wires resolvers and directives.
func NewConfig() generated.Config {
	return generated.Config{
		Resolvers:  &Resolver{},
		Directives: generated.DirectiveRoot{Guard: guard, Upper: upper, Trim: trim, Scope: scope},
	}
}

// guard lets most through.
func guard(ctx context.Context, obj any, next graphql.Resolver, level int) (any, error) {
	s := scenario(ctx)
	field := graphql.GetFieldContext(ctx).Field.Name
	if field == "guarded" && s.one(5, "wrong type") {
		return 42, nil
	}
	switch s.roll("guard", identity(obj), field, strconv.Itoa(level)) % 8 {
	case 0:
		return nil, errors.New("not for you")
	case 1:
		return nil, nil
	case 2:
		if _, err := next(ctx); err != nil {
			return nil, err
		}
		path := graphql.GetPath(ctx)
		if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
			path = nil // gqlgen's lacks the root field there
		}
		return nil, fmt.Errorf("too late for %s", path)
	case 3:
		if s.Faults > 0 {
			panic("guard of " + identity(obj))
		}
	}
	return next(ctx)
}

func identity(obj any) string {
	if u, ok := obj.(*model.User); ok {
		return u.ID
	}
	return ""
}

// upper changes the value, and now and then its type.
func upper(ctx context.Context, obj any, next graphql.Resolver) (any, error) {
	v, err := next(ctx)
	if err != nil {
		return nil, err
	}
	if scenario(ctx).fault("upper", identity(obj)) != fine {
		return 42, nil
	}
	switch v := v.(type) {
	case string:
		return strings.ToUpper(v), nil
	case *string:
		if v == nil {
			return v, nil
		}
		s := strings.ToUpper(*v)
		return &s, nil
	}
	return v, nil
}

// trim is a directive of arguments and input fields.
func trim(ctx context.Context, _ any, next graphql.Resolver, limit int) (any, error) {
	v, err := next(ctx)
	if err != nil {
		return nil, err
	}
	cut := func(s string) (string, error) {
		if len(s) > 3*limit {
			return "", errors.New("much too long")
		}
		return s[:min(len(s), limit)], nil
	}
	switch v := v.(type) {
	case string:
		return cut(v)
	case *string:
		if v == nil {
			return v, nil
		}
		s, err := cut(*v)
		return &s, err
	}
	return v, nil
}

// describe shows arguments as they were decoded.
func describe(args ...any) *string {
	data, err := json.Marshal(args)
	s := string(data)
	if err != nil {
		s = err.Error()
	}
	return &s
}

type placeKey struct{}

// scope puts a name into the context of the field and of what is below it.
func scope(ctx context.Context, obj any, next graphql.Resolver, name string) (any, error) {
	if scenario(ctx).one(4, "scope", identity(obj)) {
		return next(ctx)
	}
	return next(context.WithValue(ctx, placeKey{}, place(ctx)+"/"+name+identity(obj)))
}

// place is the names that directives put into the context.
func place(ctx context.Context) string {
	names, _ := ctx.Value(placeKey{}).(string)
	return names
}
