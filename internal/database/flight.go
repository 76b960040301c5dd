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

// oneFlight reports whether the transaction is all in its queue, and can be
// sent without BEGIN and COMMIT: between two Syncs of the protocol PostgreSQL
// runs statements as one transaction, which the second Sync commits. It spares
// two statements, a third of what a small write takes.
func (t *postgresTx) oneFlight() bool {
	return t.d.named && t.conn == nil && len(t.queue) > 0
}

// acquireLive is acquire for what cannot be sent twice: it passes by connections
// that are known to be dead, on which the outcome would be unknown.
func (t *postgresTx) acquireLive(ctx context.Context) error {
	for range t.d.options.MaxConns {
		if err := t.acquire(ctx); err != nil {
			return err
		}
		conn := t.conn.Conn()
		if !pending(conn.PgConn().Conn()) {
			return nil
		}
		closed := conn.Close(ctx)
		t.release()
		t.d.notice(errors.Join(net.ErrClosed, closed))
	}
	return t.acquire(ctx)
}

// flight is end for such a transaction.
func (t *postgresTx) flight(ctx context.Context, message []byte) (position.Position, error) {
	if err := t.acquireLive(ctx); err != nil {
		return position.Position{}, err
	}
	statements := make([]*pgconn.StatementDescription, 0, 5)
	prepare := func(query string) error {
		// Once a connection; then pgx knows it.
		sd, err := t.conn.Conn().Prepare(ctx, query, query)
		statements = append(statements, sd)
		return err
	}
	var asking queued
	if t.condition != nil {
		asking = queued{sql: t.condition.SQL, args: t.condition.Args}
		if message != nil {
			asking = t.condition.telling(message)
			message = nil
		}
		if err := prepare(asking.sql); err != nil {
			return position.Position{}, err
		}
	}
	first := len(statements) // of the queue
	queue := t.queue
	if message != nil {
		queue = append(queue, &queued{sql: emit, args: []any{message}})
	}
	for _, q := range queue {
		if err := prepare(q.sql); err != nil {
			return position.Position{}, err
		}
	}
	wanted := position.FromContext(ctx) != nil
	if wanted {
		if err := prepare(askStanding); err != nil {
			return position.Position{}, err
		}
	}

	ctx, cancel := untilCommitted(ctx)
	defer cancel()
	pipeline := t.conn.Conn().PgConn().StartPipeline(ctx)
	var build pgx.ExtendedQueryBuilder
	send := func(statement *pgconn.StatementDescription, args []any, formats []int16) error {
		if err := build.Build(t.conn.Conn().TypeMap(), statement, args); err != nil {
			return errors.Join(fmt.Errorf("encode arguments: %w", err), pipeline.Close())
		}
		pipeline.SendQueryStatement(statement, build.ParamValues, build.ParamFormats, formats)
		return nil
	}
	if t.condition != nil {
		if err := send(statements[0], asking.args, inBinary); err != nil {
			return position.Position{}, err
		}
	}
	for i, q := range queue {
		if err := send(statements[first+i], q.args, nil); err != nil {
			return position.Position{}, err
		}
	}
	if wanted {
		pipeline.SendPipelineSync()
		pipeline.SendQueryStatement(statements[len(statements)-1], nil, nil, nil)
	}
	sent := time.Now()
	err := pipeline.Sync()
	var after standing
	committed := false
	if err == nil {
		after, committed, err = t.landing(pipeline, message != nil, wanted)
	}
	if end := pipeline.Close(); err == nil && !committed {
		err = end
	}
	t.d.notice(err)
	if !committed {
		return position.Position{}, unlessRefused(err)
	}
	t.done = true
	t.release()
	return t.d.stands.after(after, sent), nil
}

// inBinary is the format of all columns of a result.
var inBinary = []int16{pgx.BinaryFormatCode}

// landing reads the results of a flight: how the primary stands after it, if that
// is wanted.
func (t *postgresTx) landing(pipeline *pgconn.Pipeline, message, wanted bool) (after standing, committed bool, err error) {
	if t.condition != nil {
		if err := t.asked(nextRows(pipeline, t.conn.Conn())); err != nil {
			return after, false, refused(err)
		}
	}
	waiting := t.queue
	t.queue = nil
	for _, q := range waiting {
		call := t.call(q.ctx, q.sql)
		tag, err := nextTag(pipeline)
		q.sent, q.rows = true, tag.RowsAffected()
		call.entry.Rows = int(q.rows)
		call.end(err)
		if err != nil {
			return after, false, refused(err)
		}
	}
	if message {
		if _, err := nextTag(pipeline); err != nil {
			return after, false, refused(err)
		}
	}
	switch result, err := pipeline.GetResults(); result.(type) {
	case *pgconn.PipelineSync: // it is committed
	default:
		return after, false, errors.Join(errors.New("no answer to the commit"), err)
	}
	if !wanted {
		return after, true, nil
	}
	result, err := pipeline.GetResults()
	rows, ok := result.(*pgconn.ResultReader)
	if err != nil || !ok || !rows.NextRow() {
		return unknownStanding, true, nil //nolint:nilerr // it is committed, and whoever needs the position reads the primary
	}
	values := rows.Values()
	if after, err = readStanding(string(values[0]), string(values[1]), string(values[2])); err != nil {
		after = unknownStanding
	}
	return after, true, nil
}

func nextTag(pipeline *pgconn.Pipeline) (pgconn.CommandTag, error) {
	result, err := pipeline.GetResults()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows, ok := result.(*pgconn.ResultReader)
	if !ok {
		return pgconn.CommandTag{}, fmt.Errorf("got %T for a statement", result)
	}
	return rows.Close()
}
