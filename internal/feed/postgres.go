package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/position"
)

const (
	// askEvery is how long the server may be silent before it is asked for its
	// position, and silence is how long the answer may take.
	askEvery = 500 * time.Millisecond
	silence  = time.Second
	// reportEvery is how often the feed reports how far it has read without
	// being asked.
	reportEvery = 100 * time.Millisecond
	// The pause before the next try grows from leastPause to mostPause.
	leastPause = 100 * time.Millisecond
	mostPause  = 5 * time.Second
	// A server that refuses does so until its settings change.
	refusedPause = time.Minute
)

// followLog reads the primary's log until ctx ends, whichever server is the
// primary.
func (f *Feed) followLog(ctx context.Context, db *database.Database) {
	wait := leastPause
	var last uint32 // the latest timeline seen
	for ctx.Err() == nil {
		began := time.Now()
		s, err := f.openAny(ctx, db, last)
		if err == nil {
			last = s.at.Timeline
			err = f.follow(ctx, s)
			err = errors.Join(err, s.close())
		}
		if ctx.Err() != nil {
			break
		}
		refused := refusal(err)
		switch {
		case refused != "":
			wait = refusedPause
		case time.Since(began) > mostPause:
			wait = leastPause
		}
		f.failed(ctx, err, refused)
		if !pause(ctx, wait) {
			break
		}
		wait = min(2*wait, mostPause)
	}
	f.cut("it was stopped")
}

// failed reports a cut; it logs a lasting fault only once.
func (f *Feed) failed(ctx context.Context, err error, refused string) {
	why := err.Error()
	if refused != "" {
		why = refused
	}
	if f.Status().Fault != why {
		f.logger.WarnContext(ctx, "the change feed is cut: what other instances write is noticed later", "reason", why)
	}
	f.cut(why)
}

// refusal says what to change on a server that does not allow reading its log;
// it is "" for other failures.
func refusal(err error) string {
	switch codeOf(err) {
	case "42501":
		return "the role of Weft may not read the log: ALTER ROLE … REPLICATION, and GRANT CREATE ON DATABASE … for its publication"
	case "55000", "0A000":
		return "the server's log does not carry changes: wal_level = logical, and a restart"
	case "53300", "53400":
		return "the server has no place for another reader of its log: raise max_wal_senders and max_replication_slots"
	}
	return ""
}

// openAny opens the log of the primary. It skips a primary that is left over
// from before a promotion.
func (f *Feed) openAny(ctx context.Context, db *database.Database, last uint32) (*slot, error) {
	configs, err := db.LogReaders()
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, c := range configs {
		s, err := openSlot(ctx, c)
		if err == nil && s.at.Timeline < last {
			err = errors.Join(fmt.Errorf("it is on timeline %d, but %d was seen: it is left over from before a promotion", s.at.Timeline, last), s.close())
		}
		if err == nil {
			return s, nil
		}
		if len(configs) > 1 {
			err = fmt.Errorf("%s:%d: %w", c.Host, c.Port, err)
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

// follow reports what is in the log until the stream fails.
func (f *Feed) follow(ctx context.Context, s *slot) error {
	asks := make(chan struct{}, 1) // has a value while a caller waits
	f.mu.Lock()
	var interrupt context.CancelFunc = func() {}
	f.nudge = func() {
		select {
		case asks <- struct{}{}:
		default:
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		interrupt()
	}
	f.mu.Unlock()

	a := assembler{timeline: s.at.Timeline}
	f.publish(Event{Kind: Whole, Position: s.at})
	f.logger.InfoContext(ctx, "the change feed is whole", "position", s.at.String())
	heard, reported := time.Now(), time.Now()
	asked := time.Time{} // zero while no answer is expected
	// One context is for many records: most come much sooner than it ends.
	var receiving context.Context
	var cancel context.CancelFunc = func() {}
	defer func() { cancel() }()
	for {
		if receiving == nil || receiving.Err() != nil {
			cancel()
			receiving, cancel = context.WithTimeout(ctx, askEvery-min(time.Since(heard), askEvery/2))
			f.mu.Lock()
			interrupt = cancel
			f.mu.Unlock()
		}
		waited := len(asks) > 0
		var r received
		var err error
		if !waited {
			r, err = s.receive(receiving)
		}
		now := time.Now()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case waited || err != nil && receiving.Err() != nil && isTimeout(err):
			if len(asks) == 0 && now.Sub(heard) < askEvery {
				continue
			}
			if !asked.IsZero() && now.Sub(asked) > silence && now.Sub(heard) > silence {
				return errors.New("the server is silent")
			}
			select {
			case <-asks:
			default:
			}
			if asked.IsZero() {
				asked = now
			}
			if err := s.report(f.Status().Applied.LSN, true); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		heard, asked = now, time.Time{}
		if err := f.apply(&a, r); err != nil {
			return err
		}
		if r.reply || now.Sub(reported) > reportEvery {
			reported = now
			if err := s.report(f.Status().Applied.LSN, false); err != nil {
				return err
			}
		}
	}
}

// isTimeout reports whether the wait has ended, and not the connection failed.
func isTimeout(err error) bool {
	return pgconn.Timeout(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// apply reports what was received.
func (f *Feed) apply(a *assembler, r received) error {
	if r.data == nil {
		// Between the records of a transaction its position says nothing about
		// the commit.
		if !a.inside() {
			f.advance(position.Position{Timeline: a.timeline, LSN: r.end})
		}
		return nil
	}
	e, committed, err := a.take(r.data)
	if err != nil {
		return err
	}
	if committed {
		f.publish(e)
	}
	return nil
}
