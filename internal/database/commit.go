package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weftql/weft/internal/position"
)

const (
	// emit puts a message into the log that readers get with the commit.
	emit = "SELECT " + emitting + "$1::bytea)"

	// emitting is the call that does it, up to the message.
	emitting = "pg_logical_emit_message(true, 'weft', "

	// commitTimeout bounds the wait for a COMMIT of an operation that has no
	// deadline.
	commitTimeout = 30 * time.Second
)

// end sends what waits, the message, if there is one, and COMMIT, and asks for
// the position after it, if a position.Recorder wants it, all in one round trip.
func (t *postgresTx) end(ctx context.Context, message []byte) (position.Position, error) {
	if t.conn == nil && len(t.queue) == 0 && message == nil {
		t.done = true
		return position.Position{}, nil
	}
	if t.conn != nil && t.status() == 'E' {
		// COMMIT would be answered by ROLLBACK, which is no error.
		return position.Position{}, errors.New("a statement of the transaction failed")
	}
	if t.oneFlight() {
		return t.flight(ctx, message)
	}
	b, err := t.batch(ctx)
	if err != nil {
		return position.Position{}, err
	}
	if t.conn.Conn().IsClosed() {
		return position.Position{}, fmt.Errorf("before it was sent: %w", net.ErrClosed)
	}
	ctx, cancel := untilCommitted(ctx)
	defer cancel()
	if message != nil {
		b.Queue(emit, message)
	}
	b.Queue("commit")
	wanted := position.FromContext(ctx) != nil
	if wanted {
		b.Queue(askStanding)
	}
	sent := time.Now()
	results := t.conn.SendBatch(ctx, b)
	after, committed, err := t.ending(results, b, message != nil, wanted)
	if end := results.Close(); err == nil && !committed {
		err = end
	}
	t.d.notice(err)
	if !committed {
		if err == nil {
			err = errors.New("the transaction was rolled back")
		}
		return position.Position{}, unlessRefused(err)
	}
	t.done = true
	t.release()
	return t.d.stands.after(after, sent), nil
}

// untilCommitted returns a context that ends at the deadline of ctx, but not
// when its client goes away: then nobody would know the outcome.
func untilCommitted(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(commitTimeout)
	}
	return context.WithDeadline(context.WithoutCancel(ctx), deadline)
}

// ending reads the results of the last batch: how the primary stands after the
// COMMIT, if that is wanted.
func (t *postgresTx) ending(results pgx.BatchResults, b *pgx.Batch, message, wanted bool) (after standing, committed bool, err error) {
	if err := t.lead(results, b); err != nil {
		return after, false, err
	}
	if message {
		if _, err := results.Exec(); err != nil {
			return after, false, refused(err)
		}
	}
	tag, err := results.Exec()
	if err != nil || tag.String() != "COMMIT" {
		return after, false, err
	}
	if !wanted {
		return after, true, nil
	}
	if after, err = scanStanding(results.QueryRow()); err != nil {
		return unknownStanding, true, nil //nolint:nilerr // it is committed, and whoever needs the position reads the primary
	}
	return after, true, nil
}

// unlessRefused returns err as it is if the server refused something before or
// at COMMIT, or if nothing could be sent; else the outcome is unknown. pgx's
// SafeToRetry alone does not tell: a connection that is lost between two results
// says so too.
func unlessRefused(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.SeverityUnlocalized == "ERROR" {
		return err
	}
	if _, ok := errors.AsType[*refusedError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*net.OpError](err); ok && pgconn.SafeToRetry(err) {
		return err
	}
	return outcomeUnknown(err)
}
