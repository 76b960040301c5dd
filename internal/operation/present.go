package operation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// present returns what the client sees of a failure, and the cause for the log,
// which is nil if the client sees everything.
func present(err error) (shown *gqlerror.Error, cause error) {
	if known, ok := errors.AsType[*apperr.Error](err); ok {
		if known.Cause != nil {
			cause = err
		}
		return Show(known), cause
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Errorf(apperr.Timeout, apperr.TimeoutMessage), nil
	}
	return Errorf(apperr.Internal, apperr.InternalMessage), err
}

// Show returns what the client sees of an error.
func Show(known *apperr.Error) *gqlerror.Error {
	shown := Errorf(known.Code, "%s", known.Message)
	if len(known.Fields) > 0 {
		shown.Extensions["fields"] = known.Fields
	}
	if known.Current != nil {
		shown.Extensions["current"] = known.Current
	}
	if known.RetryAfter > 0 {
		shown.Extensions["retryAfter"] = Seconds(known.RetryAfter)
	}
	return shown
}

// Seconds is a waiting time as clients see it: in whole seconds, at least one.
func Seconds(wait time.Duration) int {
	return max(int((wait+time.Second-1)/time.Second), 1)
}

// LevelOf is the level at which to log a cause that the client does not see. A
// mistake of the client, or a failure that waiting solves, is not a failure of
// the server.
func LevelOf(cause error) slog.Level {
	known, ok := errors.AsType[*apperr.Error](cause)
	if ok && (known.Code == apperr.Unauthenticated || known.RetryAfter > 0) || errors.Is(cause, context.Canceled) {
		return slog.LevelInfo
	}
	return slog.LevelError
}

func logCause(ctx context.Context, logger *slog.Logger, cause error) {
	logger.Log(ctx, LevelOf(cause), "request failed", "code", string(apperr.CodeOf(cause)), "error", cause.Error())
}

// presenter is the default of ExecuteOptions.Presenter.
func presenter(logger *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		placed := graphql.DefaultErrorPresenter(ctx, err)
		if _, coded := placed.Extensions["code"]; coded && placed.Err == nil {
			return placed
		}
		shown, cause := present(err)
		if cause != nil {
			logCause(ctx, logger, cause)
		}
		shown.Path, shown.Locations = placed.Path, placed.Locations
		return shown
	}
}

// panicked is a panic that has been logged already.
type panicked struct{}

func (panicked) Error() string { return apperr.InternalMessage }

// Recovered logs a panic with its stack and returns the error to answer with.
func Recovered(ctx context.Context, logger *slog.Logger, cause any) error {
	logger.ErrorContext(ctx, "panic", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
	return panicked{}
}

// presentPanics handles panics, which are logged already, so that next does not
// see them.
func presentPanics(next graphql.ErrorPresenterFunc) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		if _, ok := errors.AsType[panicked](err); ok {
			shown := Errorf(apperr.Internal, apperr.InternalMessage)
			shown.Path = graphql.DefaultErrorPresenter(ctx, err).Path
			return shown
		}
		return next(ctx, err)
	}
}

// boundErrors counts the bytes of a response's errors, and stops the operation
// when the errors alone exceed the limit: each of a thousand objects may have
// an error that repeats a part of the input.
func boundErrors(next graphql.ErrorPresenterFunc, limit int) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		op := FromContext(ctx)
		if op == nil || limit < 0 {
			return next(ctx, err)
		}
		if op.errorBytes.Load() > int64(limit) {
			return &gqlerror.Error{}
		}
		shown := next(ctx, err)
		text, fault := json.Marshal(shown)
		if fault != nil {
			return next(ctx, fmt.Errorf("encode error: %w", fault))
		}
		if op.errorBytes.Add(int64(len(text))) > int64(limit) && op.Stop != nil {
			op.Stop(tooManyBytes(limit))
		}
		return shown
	}
}

func tooManyBytes(limit int) *apperr.Error {
	return apperr.New(apperr.CostLimitExceeded,
		"byte limit: the answer would have more than %d bytes of data and errors; ask for fewer objects or fewer fields", limit)
}
