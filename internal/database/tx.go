package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/weftql/weft/ent"
)

// WithTx runs fn in a transaction, which is committed when fn returns nil and
// rolled back when it returns an error or panics. The context that fn gets
// belongs to the transaction: Query runs inside it, and a WithTx joins it. On
// SQLite the transaction holds the file's one write lock from its start.
func (d *Database) WithTx(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) (err error) {
	if tx := ent.TxFromContext(ctx); tx != nil {
		return fn(ctx, tx)
	}
	tx, err := d.client.Tx(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		// A transaction whose context or connection has ended is already
		// rolled back.
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) && !IsUnavailable(undo) {
			err = errors.Join(err, fmt.Errorf("roll back: %w", undo))
		}
	}()
	if err := fn(ent.NewTxContext(ctx, tx), tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			// database/sql rolls back by itself when the context ends.
			err = ctx.Err()
		}
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	return nil
}
