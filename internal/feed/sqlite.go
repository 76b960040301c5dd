package feed

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/position"
)

// lookEvery is how often the file is checked for the writes of others.
const lookEvery = 100 * time.Millisecond

// fileWatch notices when others write a SQLite file. SQLite changes a
// connection's data_version with each commit of another connection; this
// connection is used for nothing else.
type fileWatch struct {
	mu      sync.Mutex
	conn    *sql.Conn                // nil before Run and after it
	asks    *sql.Stmt                // PRAGMA data_version
	quietly func(func() error) error // runs it while no write of this process commits
	version int64
	n       uint64 // the position's counter
}

// look reads the version and the counter.
func (w *fileWatch) look(ctx context.Context) (version int64, n uint64, err error) {
	if version, err = w.dataVersion(ctx); err != nil {
		return 0, 0, err
	}
	if version == w.version {
		return version, w.n, nil
	}
	if err := w.conn.QueryRowContext(ctx, "SELECT n FROM position").Scan(&n); err != nil {
		return 0, 0, fmt.Errorf("read position: %w", err)
	}
	return version, n, nil
}

func (w *fileWatch) dataVersion(ctx context.Context) (version int64, err error) {
	if err := w.asks.QueryRowContext(ctx).Scan(&version); err != nil {
		return 0, fmt.Errorf("read data_version: %w", err)
	}
	return version, nil
}

// watchFile checks for writes of other processes until ctx ends.
func (f *Feed) watchFile(ctx context.Context, db *database.Database) {
	for ctx.Err() == nil {
		err := f.watchOnce(ctx, db)
		if ctx.Err() == nil && err != nil {
			f.failed(ctx, err, "")
			pause(ctx, time.Second)
		}
	}
	f.cut("it was stopped")
}

func (f *Feed) watchOnce(ctx context.Context, db *database.Database) (err error) {
	conn, err := db.DB().Conn(ctx)
	if err != nil {
		return err
	}
	asks, err := conn.PrepareContext(ctx, "PRAGMA data_version")
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	w := &f.file
	defer func() {
		w.mu.Lock()
		w.conn = nil
		w.mu.Unlock()
		err = errors.Join(err, asks.Close(), conn.Close())
	}()
	err = db.Quietly(func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.conn, w.asks, w.version, w.quietly = conn, asks, -1, db.Quietly
		if w.version, w.n, err = w.look(ctx); err != nil {
			return err
		}
		f.publish(Event{Kind: Whole, Position: position.OfCounter(w.n)})
		return nil
	})
	for err == nil && pause(ctx, lookEvery) {
		err = db.Quietly(func() error { return f.lookAtFile(ctx) })
	}
	return err
}

// Look reports what other processes have written to a SQLite file so far. It
// takes some microseconds. On PostgreSQL it does nothing.
func (f *Feed) Look(ctx context.Context) error {
	w := &f.file
	w.mu.Lock()
	if w.conn == nil {
		w.mu.Unlock()
		return nil
	}
	version, err := w.dataVersion(ctx)
	same := version == w.version
	w.mu.Unlock()
	if err != nil || same {
		return err
	}
	// It may also be a write of this process that is not reported yet.
	return w.quietly(func() error { return f.lookAtFile(ctx) })
}

// lookAtFile reports what others wrote. No write of this process may commit
// meanwhile.
func (f *Feed) lookAtFile(ctx context.Context) error {
	w := &f.file
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn == nil {
		return nil
	}
	version, n, err := w.look(ctx)
	if err != nil || version == w.version {
		return err
	}
	w.version, w.n = version, n
	f.publish(Event{Kind: Changed, Position: position.OfCounter(n), All: true})
	return nil
}

// Committing is for database.Options: it reports what others wrote before a
// write of this process, which keeps others from writing meanwhile.
func (f *Feed) Committing(ctx context.Context) error { return f.lookAtFile(ctx) }

// Committed is for database.Options.
func (f *Feed) Committed(at position.Position, text []byte) {
	w := &f.file
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn == nil {
		return // the feed is not whole
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	e := Event{Kind: Changed, Position: at}
	// A commit of another program at just this moment cannot be told apart from
	// this one, unless it raises the counter, as the writes of this program do.
	version, n, err := w.look(ctx)
	if err != nil || n != at.LSN {
		e.All = true
	}
	if err == nil {
		w.version, w.n = version, n
		e.Position = position.OfCounter(max(n, at.LSN))
	}
	if text != nil && !e.All {
		if e.Changes, err = decode(text); err != nil {
			e.All = true
		}
	}
	f.publish(e)
}
