package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
)

func TestClassify(t *testing.T) {
	for name, tt := range map[string]struct {
		err   error
		code  apperr.Code
		retry time.Duration
	}{
		"own words":       {apperr.New(apperr.RateLimited, "slowly").Retry(time.Minute), apperr.RateLimited, time.Minute},
		"time is over":    {context.DeadlineExceeded, apperr.Timeout, 0},
		"client gone":     {context.Canceled, apperr.Timeout, 0},
		"row gone":        {&ent.NotFoundError{}, apperr.NotFound, 0},
		"connection lost": {io.ErrUnexpectedEOF, apperr.Overloaded, 0},
		"lock":            {&pgconn.PgError{Code: "55P03"}, apperr.Overloaded, 0},
		"standby":         {&pgconn.PgError{Code: "25006"}, apperr.Overloaded, time.Second},
		"disk full":       {&pgconn.PgError{Code: "53100"}, apperr.Overloaded, 0},
		"newer database":  {&database.NewerError{Versions: []int64{7}}, apperr.Overloaded, 0},
		"anything else":   {errors.New("SECRET"), apperr.Internal, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := graph.Classify(fmt.Errorf("do it: %w", tt.err))
			if got.Code != tt.code || got.RetryAfter != tt.retry || strings.Contains(got.Message, "SECRET") {
				t.Errorf("%s, again in %v: %s", got.Code, got.RetryAfter, got.Message)
			}
		})
	}
}

// A context made below the request's, as drivers and resolvers make them, ends
// as cancelled when the request's time is over; the client is told of the time.
func TestTimeIsOver(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	below, cancel := context.WithCancel(ctx)
	defer cancel()
	stop(context.DeadlineExceeded)
	shown := graph.Presenter(slog.New(slog.DiscardHandler))(below, fmt.Errorf("query: %w", below.Err()))
	if shown.Extensions["code"] != "TIMEOUT" || !strings.Contains(shown.Message, "too long") {
		t.Errorf("got %+v", shown)
	}
}
