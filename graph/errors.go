package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/operation"
)

// Presenter returns the function that turns an error of a resolver into what
// the client sees: the one place where failures meet the wire. A cause that
// the client must not see is logged here, once.
func Presenter(logger *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		placed := graphql.DefaultErrorPresenter(ctx, err)
		path, argument := split(ctx, placed.Path)
		if _, coded := placed.Extensions["code"]; coded && placed.Err == nil {
			return placed
		}
		known := classify(timedOut(ctx, err), argument)
		if cause := innermost(err).Error(); known.Cause != nil && firstOf(ctx, cause) {
			logger.Log(ctx, operation.LevelOf(known), "field failed", "path", path.String(), "code", string(known.Code), "error", unplaced(known.Cause).Error())
		}
		shown := operation.Show(known)
		shown.Path, shown.Locations = path, placed.Locations
		if len(known.Fields) > 1 && !firstOf(ctx, known) {
			// The other objects whose field took this input: their errors name
			// the first fault, as their message does.
			shown.Extensions["fields"] = known.Fields[:1]
		}
		return shown
	}
}

// timedOut tells a request whose time was over from one that was cancelled: a
// context made below the request's knows that by its cause only.
func timedOut(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// Classify finds the words for a failure outside the operations, such as one
// of finding out who asks.
func Classify(err error) *apperr.Error { return classify(err, "") }

// classify finds the words for an error; argument is where in the field's
// arguments it arose, "" elsewhere.
func classify(err error, argument string) *apperr.Error {
	if known, ok := errors.AsType[*apperr.Error](err); ok {
		return known
	}
	if bad, ok := errors.AsType[*typeid.ParseError](err); ok {
		return badArgument(argument, bad.Error())
	}
	switch {
	case errors.Is(err, executor.ErrTooLarge):
		return apperr.New(apperr.CostLimitExceeded, "byte limit: %s; ask for fewer objects or fewer fields", err.Error())
	case errors.Is(err, executor.ErrTooManyErrors):
		return apperr.New(apperr.CostLimitExceeded, "%s; further ones are left out", err.Error())
	case argument != "":
		return badArgument(argument, innermost(err).Error())
	case errors.Is(err, context.DeadlineExceeded):
		return apperr.Wrap(err, apperr.Timeout, apperr.TimeoutMessage)
	case errors.Is(err, context.Canceled):
		return apperr.Wrap(err, apperr.Timeout, "the request was cancelled")
	case ent.IsNotFound(err):
		return apperr.Wrap(err, apperr.NotFound, "this does not exist any more")
	case ent.IsConstraintError(err):
		return apperr.Wrap(err, apperr.Conflict, "this conflicts with what is there; read it again")
	case database.IsUnavailable(err), database.IsBusy(err):
		return apperr.Wrap(err, apperr.Overloaded, "the database cannot be reached just now; try again")
	case database.IsWithoutPrimary(err):
		return apperr.Wrap(err, apperr.Overloaded, "no database takes changes just now; nothing was changed; try again").Retry(time.Second)
	case database.IsReadOnly(err):
		return apperr.Wrap(err, apperr.Internal, "the database takes no changes just now; nothing was changed")
	case database.IsFull(err):
		return apperr.Wrap(err, apperr.Overloaded, "the disk of the database is full; nothing was changed, and nothing can be until its operator has made room")
	}
	return apperr.Wrap(err, apperr.Internal, apperr.InternalMessage)
}

func badArgument(argument, message string) *apperr.Error {
	if argument == "" {
		return apperr.New(apperr.BadUserInput, "%s", message)
	}
	return apperr.BadInput(argument, "%s", message)
}

// unplaced returns the error without the paths that gqlgen writes before it.
func unplaced(err error) error {
	for {
		placed, ok := err.(*gqlerror.Error) //nolint:errorlint // only the outer layers are taken off
		if !ok || placed.Err == nil {
			return err
		}
		err = placed.Err
	}
}

func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// split cuts the part of a path that lies in the arguments of its field, which
// gqlgen appends while it decodes them, and returns it dotted.
func split(ctx context.Context, path ast.Path) (field ast.Path, argument string) {
	fc := graphql.GetFieldContext(ctx)
	if fc == nil {
		return path, ""
	}
	own := len(fc.Path())
	if len(path) <= own {
		return path, ""
	}
	var dotted []string
	for _, part := range path[own:] {
		dotted = append(dotted, fmt.Sprint(part))
	}
	return path[:own], strings.Join(dotted, ".")
}
