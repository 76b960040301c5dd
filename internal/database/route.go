package database

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/replica"
)

// sample is what a server says of itself. A standby names the timeline that it
// receives, and a primary that of the file that it writes.
const sample = `SELECT r, p::text, CASE WHEN r THEN COALESCE((SELECT received_tli FROM pg_stat_wal_receiver), 0) ELSE ` +
	`('x' || left(pg_walfile_name(p), 8))::bit(32)::int END, (SELECT system_identifier FROM pg_control_system())::text, pg_postmaster_start_time() ` +
	`FROM (SELECT pg_is_in_recovery() AS r, CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ` +
	`WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END AS p OFFSET 0) s`

// serverOf returns the server of a member.
func serverOf(m *replica.Member) *server { return m.Server.(*server) }

func (d *Database) ask(ctx context.Context, m *replica.Member) (s replica.Sample, err error) {
	var lsn *string
	var timeline int64
	row := serverOf(m).probe.QueryRow(ctx, sample)
	if err := row.Scan(&s.Standby, &lsn, &timeline, &s.System, &s.Started); err != nil {
		return s, err
	}
	if lsn == nil {
		return s, errors.New("the standby has replayed nothing yet")
	}
	s.Position = position.Position{Timeline: uint32(timeline)}
	s.Position.LSN, err = position.ParseLSN(*lsn)
	return s, err
}

// openGroup asks all servers for their roles, and has them watched.
func (d *Database) openGroup(ctx context.Context) error {
	d.group = replica.New(replica.Options{
		Ask: d.ask, MaxLag: d.options.ReplicaMaxLag, Logger: d.options.Logger,
		// A connection that is kept would go on with what it knew of the server.
		Changed: func(m *replica.Member) { serverOf(m).pool.Reset() },
	})
	d.group.Add(d.first.name, d.first)
	all, err := d.openReplicas(ctx)
	if err != nil {
		return err
	}
	d.group.Look(ctx)
	d.group.Look(ctx) // now that the primary is known, how far are they behind?
	if err := d.pingAny(ctx); err != nil {
		return err
	}
	watch, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { d.group.Run(watch) })
	for _, r := range all {
		if r.host != "" {
			running.Go(func() { r.watch(watch) })
		}
	}
	d.stop = func() {
		cancel()
		running.Wait()
	}
	return nil
}

// Servers returns what is known of each server; nil without replicas.
func (d *Database) Servers() []replica.Status {
	if d.group == nil {
		return nil
	}
	return d.group.Status()
}

// pingAny reports whether reads can be answered.
func (d *Database) pingAny(ctx context.Context) error {
	for _, s := range d.group.Status() {
		if s.Fault == "" && time.Since(s.At) < freshSample {
			return nil
		}
	}
	servers := d.servers()
	errs := make(chan error, len(servers))
	for _, s := range servers {
		go func() { errs <- s.pool.Ping(ctx) }()
	}
	var all error
	for range servers {
		err := <-errs
		if err == nil {
			return nil
		}
		all = errors.Join(all, err)
	}
	return all
}

// freshSample is how long an answer of a server counts as one now.
const freshSample = 2 * time.Second

// writer returns the pool of the primary.
func (d *Database) writer() (*pgxpool.Pool, error) {
	if d.group == nil {
		return d.pool, nil
	}
	if p := d.group.Primary(); p != nil {
		return serverOf(p).pool, nil
	}
	d.group.Wake()
	return nil, errNoPrimary
}

// any returns the pool of the primary, or of a standby while that does not answer.
func (d *Database) any() (*pgxpool.Pool, error) {
	if d.group == nil {
		return d.pool, nil
	}
	if p := d.group.Primary(); p != nil && p.Status().Fault == "" {
		return serverOf(p).pool, nil
	}
	for _, m := range d.group.Members() {
		if m.Status().Fault == "" {
			return serverOf(m).pool, nil
		}
	}
	return d.writer()
}

var errNoPrimary = errors.New("no primary is known")

// route chooses where a read goes, outside of transactions.
func (c *call) route(ctx context.Context) (*pgxpool.Pool, error) {
	d := c.d
	if d.group == nil {
		return d.pool, nil
	}
	reading := replica.FromContext(ctx)
	if reading.Wanted() && !d.reads.only(c.entry.SQL) {
		c.entry.Reason = "locks or changes rows"
		return d.writer()
	}
	member, reason := d.group.Choose(ctx, reading)
	c.entry.Reason = reason
	if member == nil {
		return d.writer()
	}
	member.Begin()
	c.member, c.reading = member, reading
	c.entry.Database = member.Name
	return serverOf(member).pool, nil
}

// Why a statement runs on the primary whatever the operation is.
const (
	inTransaction = "in a transaction"
	onPrimary     = "not a read of the ent client"
)

// why returns a reason, where there is a choice.
func (d *Database) why(reason string) string {
	if d.group == nil {
		return ""
	}
	return reason
}

// movedError is why a standby did not do.
type movedError struct{ error }

func (e *movedError) Unwrap() error { return e.error }

// IsMoved reports whether a read failed for the sake of the replica that it went
// to, so that it may be made again, from its start: it then goes to the primary.
func IsMoved(err error) bool {
	_, ok := errors.AsType[*movedError](err)
	return ok
}

// move moves the operation to the primary if err is the fault of the standby.
func (c *call) move(err error) error {
	if c.member == nil {
		return err
	}
	switch code := postgresCode(err); {
	case IsUnavailable(err), strings.HasPrefix(code, "53"):
		c.d.group.Failed(c.member, "a statement failed")
	case code == "25006": // the statement does change something
	case code == "40001", code == "40P01": // in the way of what is replayed
	default:
		return err
	}
	c.reading.Move("the replica " + c.member.Name + " failed")
	return &movedError{err}
}

// reads remembers which statements only read. There are few texts; what comes
// beyond maxPlans is looked at each time.
type reads struct {
	known sync.Map // of bool, by text
	count atomic.Int64
}

func (r *reads) only(sql string) bool {
	if known, ok := r.known.Load(sql); ok {
		return known.(bool)
	}
	only := readsOnly(sql)
	if r.count.Add(1) <= maxPlans {
		r.known.Store(sql, only)
	}
	return only
}

// readsOnly reports whether a statement may run on a standby: it begins as one
// that reads, and has none of the words that lock or change. That a table or
// column could have such a name costs a read from the primary.
func readsOnly(sql string) bool {
	first := true
	for len(sql) > 0 {
		start := strings.IndexFunc(sql, isLetter)
		if start < 0 {
			break
		}
		sql = sql[start:]
		end := strings.IndexFunc(sql, func(r rune) bool { return !isLetter(r) })
		if end < 0 {
			end = len(sql)
		}
		word := sql[:end]
		sql = sql[end:]
		if first && !strings.EqualFold(word, "select") && !strings.EqualFold(word, "with") {
			return false
		}
		first = false
		if changes[strings.ToLower(word)] {
			return false
		}
	}
	return !first
}

func isLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r >= '0' && r <= '9'
}

// changes are the words that a statement which only reads does not have.
var changes = map[string]bool{
	"insert": true, "update": true, "delete": true, "merge": true, "truncate": true, "returning": true, "into": true,
	"for": true, "nextval": true, "setval": true, "call": true, "lock": true, "set_config": true,
	"pg_advisory_lock": true, "pg_advisory_xact_lock": true, "pg_try_advisory_lock": true, "pg_logical_emit_message": true, "pg_notify": true,
}
