package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// statusOf is the HTTP status of an error that answers a whole request before
// any operation ran.
func statusOf(code apperr.Code) int {
	switch code {
	case apperr.Unauthenticated:
		return http.StatusUnauthorized
	case apperr.Forbidden:
		return http.StatusForbidden
	case apperr.RateLimited:
		return http.StatusTooManyRequests
	case apperr.Overloaded:
		return http.StatusServiceUnavailable
	case apperr.Timeout:
		return http.StatusGatewayTimeout
	case apperr.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// toClient turns a failure outside an operation into what the client sees; the
// cause is logged here, once, if the client is not told it.
func toClient(ctx context.Context, logger *slog.Logger, err error) *gqlerror.Error {
	if known, ok := errors.AsType[*apperr.Error](err); ok {
		if known.Cause != nil {
			level := slog.LevelError
			if known.Code == apperr.Unauthenticated { // a fault of the client's
				level = slog.LevelInfo
			}
			logger.Log(ctx, level, "request failed", "code", string(known.Code), "error", known.Error())
		}
		shown := codedError(known.Code, "%s", known.Message)
		if len(known.Fields) > 0 {
			shown.Extensions["fields"] = known.Fields
		}
		return shown
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return codedError(apperr.Timeout, "the request took too long and was stopped")
	}
	logger.ErrorContext(ctx, "request failed", "code", string(apperr.Internal), "error", err.Error())
	return codedError(apperr.Internal, apperr.InternalMessage)
}

// presenter is what Options.Presenter defaults to.
func presenter(logger *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		placed := graphql.DefaultErrorPresenter(ctx, err)
		if _, coded := placed.Extensions["code"]; coded && placed.Err == nil {
			return placed
		}
		shown := toClient(ctx, logger, err)
		shown.Path, shown.Locations = placed.Path, placed.Locations
		return shown
	}
}

// panicked is a panic that has been logged already.
type panicked struct{}

func (panicked) Error() string { return apperr.InternalMessage }

// recovered logs a panic with its stack.
func recovered(ctx context.Context, logger *slog.Logger, cause any) error {
	logger.ErrorContext(ctx, "panic", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
	return panicked{}
}

// presentPanics keeps panics, which are logged already, from next.
func presentPanics(next graphql.ErrorPresenterFunc) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		if _, ok := errors.AsType[panicked](err); ok {
			shown := codedError(apperr.Internal, apperr.InternalMessage)
			shown.Path = graphql.DefaultErrorPresenter(ctx, err).Path
			return shown
		}
		return next(ctx, err)
	}
}

// stamp returns the errors with the request's id, and with a code where one is
// missing, and notes the codes for the log. The errors given are not changed:
// they may be shared.
func (x *exchange) stamp(list gqlerror.List) gqlerror.List {
	stamped := make(gqlerror.List, 0, len(list))
	for _, err := range list {
		if err == nil {
			continue
		}
		own := *err
		own.Extensions = make(map[string]any, len(err.Extensions)+2)
		maps.Copy(own.Extensions, err.Extensions)
		if own.Extensions["code"] == nil {
			own.Extensions["code"] = string(apperr.Internal)
		}
		own.Extensions["requestId"] = x.request.ID
		if code := fmt.Sprint(own.Extensions["code"]); !slices.Contains(x.codes, code) {
			x.codes = append(x.codes, code)
		}
		stamped = append(stamped, &own)
	}
	return stamped
}
