package database

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/replica"
)

// Floor is what the reads of an operation see at least.
type Floor struct {
	// Position is what a standby had replayed before they began. Of the primary
	// it is zero but for the timeline: there no position says what a read sees.
	Position position.Position

	// Snapshot was taken on the primary before they began.
	Snapshot Snapshot

	member *replica.Member
}

// OnStandby reports whether they read a standby.
func (f Floor) OnStandby() bool { return f.member != nil }

// Snapshot says which transactions of PostgreSQL can be seen. The zero value
// sees none.
type Snapshot struct {
	taken   bool
	oldest  uint32   // all before it have ended
	next    uint32   // the first transaction that had not begun
	running []uint32 // those before it that had not ended
}

// Sees reports whether what a transaction wrote can be seen, by the lower 32
// bits of its id. What was before all transactions, 0, is seen by each snapshot.
func (s Snapshot) Sees(xid uint32) bool {
	if !s.taken || xid == 0 {
		return s.taken
	}
	if int32(xid-s.next) >= 0 { // ids come round
		return false
	}
	return !slices.Contains(s.running, xid)
}

// Taken reports whether there is a snapshot.
func (s Snapshot) Taken() bool { return s.taken }

// HasAllTo reports whether no transaction up to this one, by its id, runs.
func (s Snapshot) HasAllTo(xid uint32) bool { return s.taken && int32(xid-s.oldest) < 0 }

// standing is how the primary stands: which transactions can be seen, and up to
// which position everything is committed. One question asks for both, so that
// readers who want to know the one spare others the question for the other.
type standing struct {
	snapshot Snapshot
	position position.Position
	at       time.Time // before it was asked
}

// standings asks for the standing, and keeps the last one, which each write tells
// too. The zero value has none.
type standings struct {
	asked replica.Question[standing]
	mu    sync.Mutex
	last  standing
}

// keepSnapshot is how long a snapshot is good enough: what was committed since
// it was taken is not taken to be seen.
const keepSnapshot = 25 * time.Millisecond

// askStanding takes the snapshot first, as each statement does, so the position
// is not before it. The position is what is flushed, or with synchronous_commit =
// off, when that is behind, what is inserted. The first eight digits of the name
// of the log's file are the timeline.
const askStanding = `SELECT pg_current_snapshot()::text,` +
	` CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END::text,` +
	` left(pg_walfile_name(pg_current_wal_flush_lsn()), 8)`

// unknownStanding is what the primary did not tell after a COMMIT.
var unknownStanding = standing{position: position.Unknown}

func scanStanding(row pgx.Row) (standing, error) {
	var snapshot, lsn, timeline string
	if err := row.Scan(&snapshot, &lsn, &timeline); err != nil {
		return standing{}, err
	}
	return readStanding(snapshot, lsn, timeline)
}

func readStanding(snapshot, lsn, timeline string) (s standing, err error) {
	if s.snapshot, err = ReadSnapshot(snapshot); err != nil {
		return s, err
	}
	if s.position.LSN, err = position.ParseLSN(lsn); err != nil {
		return s, err
	}
	t, err := strconv.ParseUint(timeline, 16, 32)
	if err != nil {
		return s, fmt.Errorf("read timeline: %w", err)
	}
	s.position.Timeline = uint32(t)
	return s, nil
}

// after keeps what the primary told after a COMMIT that was sent at a time, and
// returns the position.
func (k *standings) after(s standing, sent time.Time) position.Position {
	if s.snapshot.Taken() {
		s.at = sent
		k.keep(s)
	}
	return s.position
}

// keep keeps a standing unless a later one is kept.
func (k *standings) keep(s standing) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s.position.Timeline != k.last.position.Timeline || s.position.LSN >= k.last.position.LSN {
		k.last = s
	}
}

// Floor returns what the reads of the operation in ctx see at least from now on:
// by a snapshot that was kept, if it sees the transaction last, else by a new
// one. On SQLite there is nothing to say: a commit is seen before anybody is told
// of it.
func (d *Database) Floor(ctx context.Context, last uint32) (Floor, error) {
	if d.dialect == dialect.SQLite {
		return Floor{}, nil
	}
	if d.group != nil {
		if m, _ := d.group.Choose(ctx, replica.FromContext(ctx)); m != nil {
			return Floor{Position: m.Status().Position, member: m}, nil
		}
	}
	d.stands.mu.Lock()
	s := d.stands.last
	d.stands.mu.Unlock()
	if time.Since(s.at) > keepSnapshot || !s.snapshot.Sees(last) {
		var err error
		if s, err = d.askStanding(ctx); err != nil {
			return Floor{}, err
		}
	}
	return Floor{Position: position.Position{Timeline: s.position.Timeline}, Snapshot: s.snapshot}, nil
}

// Held reports whether the operation in ctx still reads where it did.
func (d *Database) Held(ctx context.Context, f Floor) bool {
	return d.group == nil || replica.FromContext(ctx).Member() == f.member
}

// questionTimeout bounds a question that many wait for.
const questionTimeout = time.Second

// askStanding asks for the standing, once for all who ask meanwhile, and keeps
// it.
func (d *Database) askStanding(ctx context.Context) (standing, error) {
	return d.stands.asked.Ask(ctx, func() (standing, error) {
		ctx, cancel := context.WithTimeout(context.Background(), questionTimeout)
		defer cancel()
		now, err := d.standing(ctx)
		if err != nil {
			return now, err
		}
		d.stands.keep(now)
		return now, nil
	})
}

func (d *Database) standing(ctx context.Context) (s standing, err error) {
	pool, err := d.writer()
	if err != nil {
		return s, err
	}
	at := time.Now()
	if s, err = scanStanding(pool.QueryRow(ctx, askStanding)); err != nil {
		return s, fmt.Errorf("ask the primary how it stands: %w", err)
	}
	s.at = at
	return s, nil
}

// Unseen returns those of the transactions, by the lower 32 bits of their ids,
// that a read of the primary may not show yet: a commit is in the log before it
// can be seen, and with synchronous standbys long before.
func (d *Database) Unseen(ctx context.Context, xids []uint32) ([]uint32, error) {
	if d.dialect == dialect.SQLite || len(xids) == 0 {
		return nil, nil
	}
	s, err := d.standing(ctx)
	if err != nil {
		return xids, err
	}
	return slices.DeleteFunc(xids, s.snapshot.Sees), nil
}

// ReadSnapshot reads xmin:xmax:xip,… as PostgreSQL writes it.
func ReadSnapshot(text string) (s Snapshot, err error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return s, fmt.Errorf("read snapshot: %q is none", text)
	}
	number := func(part string) uint32 {
		n, wrong := strconv.ParseUint(part, 10, 64)
		err = errors.Join(err, wrong)
		return uint32(n)
	}
	s = Snapshot{taken: true, oldest: number(parts[0]), next: number(parts[1])}
	for part := range strings.SplitSeq(parts[2], ",") {
		if part != "" {
			s.running = append(s.running, number(part))
		}
	}
	return s, err
}

// Latest returns the position up to which everything is committed by now: the
// primary is asked, once for all who ask meanwhile. On SQLite it is zero, for
// there is no other place.
func (d *Database) Latest(ctx context.Context) (position.Position, error) {
	if d.dialect == dialect.SQLite {
		return position.Position{}, nil
	}
	s, err := d.askStanding(ctx)
	return s.position, err
}
