package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// requestError ends a request before there is an operation.
type requestError struct {
	status int // for both media types
	err    *gqlerror.Error
	header http.Header // added to the answer; may be nil
}

func requestErrorf(status int, format string, args ...any) *requestError {
	return &requestError{status: status, err: operation.Errorf(apperr.BadUserInput, format, args...)}
}

func malformed(format string, args ...any) *requestError {
	return requestErrorf(http.StatusBadRequest, format, args...)
}

func methodNotAllowed(allow, message string) *requestError {
	wrong := requestErrorf(http.StatusMethodNotAllowed, "%s", message)
	wrong.header = http.Header{"Allow": {allow}}
	return wrong
}

// httpStatus is the HTTP status of a response. With application/json it is 200
// for every well-formed request.
func httpStatus(status operation.Status, media mediaType) int {
	switch status {
	case operation.RequestError:
		if media == mediaResponse {
			return http.StatusBadRequest
		}
	case operation.MethodNotAllowed:
		return http.StatusMethodNotAllowed
	case operation.Unauthenticated:
		return http.StatusUnauthorized
	case operation.Forbidden:
		return http.StatusForbidden
	case operation.TooManyRequests:
		return http.StatusTooManyRequests
	case operation.Overloaded:
		return http.StatusServiceUnavailable
	case operation.Timeout:
		return http.StatusGatewayTimeout
	case operation.InternalError:
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

// finish completes a response, and keeps the codes of its errors for the log.
func (x *exchange) finish(ctx context.Context, logger *slog.Logger, response *operation.Response) {
	response.Finish(ctx, logger)
	for _, err := range response.Errors {
		if code := fmt.Sprint(err.Extensions["code"]); !slices.Contains(x.codes, code) {
			x.codes = append(x.codes, code)
		}
	}
}
