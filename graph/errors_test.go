package graph_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/weftql/weft/graph"
)

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
