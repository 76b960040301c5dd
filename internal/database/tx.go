package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/position"
)

// transaction is what the context of WithTx carries.
type transaction struct {
	d       *Database
	tx      *ent.Tx
	changes []any
	after   []func()
	pg      *postgresTx // nil on SQLite
	file    *sqliteTx   // nil on PostgreSQL
	over    atomic.Bool // committed or rolled back
}

type transactionKey struct{}

// transaction returns the running transaction of this database in ctx, or nil.
// A context that outlives its transaction is like any other.
func (d *Database) transaction(ctx context.Context) *transaction {
	t, _ := ctx.Value(transactionKey{}).(*transaction)
	if t == nil || t.d != d || t.over.Load() {
		return nil
	}
	return t
}

// WithTx runs fn in a transaction, which is committed when fn returns nil and
// rolled back when it returns an error or panics. It is the one way to write:
// at its end the message of what it announced is sent, and the position of the
// commit is noted in the context's position.Recorder.
//
// fn runs again, from its start, when the transaction met another one (40001,
// 40P01) or the connection was lost before COMMIT was sent. So it must not
// change anything but the database and variables that it sets anew. Where it
// is not known whether the COMMIT arrived, the error is the one that
// IsOutcomeUnknown knows, unless ctx is Repeatable.
//
// The context that fn gets belongs to the transaction: Query runs inside it,
// and a WithTx joins it. On PostgreSQL the transaction begins with its first
// statement. On SQLite it holds the file's one write lock from its start.
func (d *Database) WithTx(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) error {
	if t := d.transaction(ctx); t != nil {
		if err := fn(ctx, t.tx); err != nil {
			return err
		}
		return t.flush(ctx)
	}
	for attempt := 1; ; attempt++ {
		err := d.attempt(ctx, fn)
		d.noticeFull(err)
		if err == nil || attempt == maxAttempts || !d.retryable(ctx, err) {
			return err
		}
		if !pause(ctx, attempt) {
			return err
		}
	}
}

// attempt runs fn in one transaction.
func (d *Database) attempt(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) (err error) {
	t := &transaction{d: d}
	defer t.over.Store(true)
	ctx = context.WithValue(ctx, transactionKey{}, t)
	if t.tx, err = d.client.Tx(ctx); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	ended := false
	defer func() {
		if ended {
			return
		}
		// A transaction whose context or connection has ended is already
		// rolled back.
		if undo := t.tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) && !IsUnavailable(undo) {
			err = errors.Join(err, fmt.Errorf("roll back: %w", undo))
		}
	}()
	if err := fn(ctx, t.tx); err != nil {
		return err
	}
	at, err := t.end(ctx)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	ended = true
	position.FromContext(ctx).Note(at)
	for _, fn := range t.after {
		fn()
	}
	return nil
}

// flush sends the statements that wait for others: see Queue.
func (t *transaction) flush(ctx context.Context) error {
	if t.pg == nil {
		return nil
	}
	return t.pg.flush(ctx)
}

// end commits and returns the position of the commit; zero if nothing was
// written.
func (t *transaction) end(ctx context.Context) (position.Position, error) {
	if err := ctx.Err(); err != nil {
		return position.Position{}, err
	}
	var message []byte
	if len(t.changes) > 0 && t.d.options.Message != nil {
		var err error
		if message, err = t.d.options.Message(ctx, t.changes); err != nil {
			return position.Position{}, fmt.Errorf("encode changes: %w", err)
		}
	}
	if t.pg != nil {
		return t.pg.end(ctx, message)
	}
	return t.file.end(ctx, message)
}

// Announce says what the transaction in ctx changes. At its end Options.Message
// makes the message of all that was announced; a transaction that is rolled
// back says nothing. It panics outside of WithTx, where a change could not be
// told in the right order.
func Announce(ctx context.Context, changes ...any) {
	t, _ := ctx.Value(transactionKey{}).(*transaction)
	if t == nil || t.over.Load() {
		panic("database: a change is announced outside of WithTx")
	}
	t.changes = append(t.changes, changes...)
}

// InTx reports whether ctx belongs to a transaction that runs, in which changes
// can be announced.
func InTx(ctx context.Context) bool {
	t, _ := ctx.Value(transactionKey{}).(*transaction)
	return t != nil && !t.over.Load()
}

// AfterCommit calls fn when the transaction in ctx is committed, and never if
// it is rolled back; without a transaction at once. It is for what this process
// remembers of the database.
func AfterCommit(ctx context.Context, fn func()) {
	t, _ := ctx.Value(transactionKey{}).(*transaction)
	if t == nil || t.over.Load() {
		fn()
		return
	}
	t.after = append(t.after, fn)
}

// Outside returns a context for reads beside the transaction of ctx, on another
// connection, such as when a statement failed in it and nothing can be asked
// there any more.
func Outside(ctx context.Context) context.Context {
	return context.WithValue(ctx, transactionKey{}, (*transaction)(nil))
}

type queueKey struct{}

// Queue returns a context for statements whose results nobody looks at before
// the transaction ends. On PostgreSQL they wait and are sent together with the
// next statement that has a result, or with COMMIT, so that several of them
// cost one round trip; on SQLite they run at once. An error is that of what
// they were sent with, at the latest that of WithTx.
func Queue(ctx context.Context) context.Context {
	return context.WithValue(ctx, queueKey{}, true)
}

func isQueued(ctx context.Context) bool { return ctx.Value(queueKey{}) != nil }
