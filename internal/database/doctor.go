package database

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weftql/weft/internal/replica"
)

// Finding is one thing that Examine found out about a server.
type Finding struct {
	Server string
	Text   string
	// Remedy is what to change; "" where nothing has to be.
	Remedy string
	// Wrong tells that something does not work; a remedy without it is advice.
	Wrong bool
}

// Examine looks at the servers and at what they are set to.
func (d *Database) Examine(ctx context.Context) []Finding {
	if d.pool == nil {
		return []Finding{{Server: d.name, Text: "one file, which needs no replicas: " + d.path}}
	}
	var found []Finding
	examine := func(s *server, m *replica.Member) {
		e := examination{d: d, server: s, member: m}
		e.look(ctx)
		found = append(found, e.found...)
	}
	if d.group == nil {
		examine(d.first, nil)
		return found
	}
	for _, m := range d.group.Members() {
		examine(serverOf(m), m)
	}
	return found
}

// examination is that of one server.
type examination struct {
	d      *Database
	server *server
	member *replica.Member // nil without replicas
	found  []Finding
}

func (e *examination) note(text string) { e.add(text, "", false) }

func (e *examination) add(text, remedy string, wrong bool) {
	e.found = append(e.found, Finding{e.server.name, text, remedy, wrong})
}

// settings are what the server says of itself and of the role that asks.
type settings struct {
	pid                                                        uint32
	version, walLevel, synchronous, synchronousNames, feedback string
	keptLog                                                    string
	connections, senders, slots, usedSenders, usedSlots        int
	standby, replication, stats, superuser, publishes          bool
}

const examine = `SELECT pg_backend_pid(), current_setting('server_version'), current_setting('wal_level'), current_setting('synchronous_commit'),
	current_setting('synchronous_standby_names'), current_setting('hot_standby_feedback'), current_setting('max_slot_wal_keep_size'),
	current_setting('max_connections')::int, current_setting('max_wal_senders')::int, current_setting('max_replication_slots')::int,
	(SELECT count(*) FROM pg_stat_replication)::int, (SELECT count(*) FROM pg_replication_slots)::int,
	pg_is_in_recovery(), rolreplication, pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'),
	rolsuper,
	EXISTS (SELECT FROM pg_publication WHERE pubname = 'weft') OR has_database_privilege(current_database(), 'CREATE')
	FROM pg_roles WHERE rolname = current_user`

func (e *examination) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*e.d.options.ConnectTimeout)
	defer cancel()
	s, err := read(ctx, e.server.pool)
	if err != nil {
		e.add("does not answer: "+err.Error(), "check the address, the password and pg_hba.conf of this server", true)
		return
	}
	role := "primary"
	if s.standby {
		role = "standby"
	}
	e.note(fmt.Sprintf("PostgreSQL %s, %s", s.version, role))
	e.status()
	e.pooler(s.pid == 0)
	if s.standby {
		e.standby(s)
	} else {
		e.primary(s)
	}
	if n := int(e.server.pool.Config().MaxConns) + 2; n > s.connections/2 {
		e.add(fmt.Sprintf("one instance of Weft may take %d of %d connections", n, s.connections),
			"lower WEFT_DATABASE_MAX_CONNS or raise max_connections, if there are more instances", false)
	}
}

// read asks a server; the process is 0 if the connection does not reach it
// directly.
func read(ctx context.Context, pool *pgxpool.Pool) (s settings, err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return s, err
	}
	defer conn.Release()
	err = conn.QueryRow(ctx, examine).Scan(&s.pid, &s.version, &s.walLevel, &s.synchronous, &s.synchronousNames, &s.feedback, &s.keptLog,
		&s.connections, &s.senders, &s.slots, &s.usedSenders, &s.usedSlots, &s.standby, &s.replication, &s.stats, &s.superuser, &s.publishes)
	if s.pid != conn.Conn().PgConn().PID() {
		s.pid = 0
	}
	return s, err
}

// pooler compares what stands before the server with what is set.
func (e *examination) pooler(there bool) {
	switch {
	case there && e.d.options.Pooler:
		e.note("a pooler stands before it, as WEFT_DATABASE_POOLER says")
	case there:
		e.add("a pooler stands before it, such as PgBouncer",
			"set WEFT_DATABASE_POOLER=transaction and WEFT_DATABASE_DIRECT_URL, or give the address of the server itself", e.d.group != nil)
	case e.d.options.Pooler:
		e.add("no pooler stands before it, though WEFT_DATABASE_POOLER says so", "take WEFT_DATABASE_POOLER out, or give the pooler's address", false)
	}
}

// status says what the group thinks of the server.
func (e *examination) status() {
	if e.member == nil {
		return
	}
	switch s := e.member.Status(); {
	case s.Fault != "":
		e.add("is not used: "+s.Fault, "", true)
	case s.Standby && s.Behind < time.Hour:
		e.note(fmt.Sprintf("has replayed %s, %v behind at most", s.Position, s.Behind.Round(time.Millisecond)))
	default:
		e.note("is at " + s.Position.String())
	}
}

func (e *examination) standby(s settings) {
	if !s.stats && !s.superuser {
		e.add("does not show which timeline it receives", "on the primary: GRANT pg_read_all_stats TO the role of Weft", true)
	}
	if s.feedback != "on" {
		e.add("may cancel a read to replay what vacuum removed; Weft then reads the primary", "hot_standby_feedback = on, where that is often", false)
	}
	if e.d.group == nil {
		e.add("takes no writes", "WEFT_DATABASE_URL is that of the primary, or WEFT_DATABASE_REPLICA_URLS has it", true)
	}
}

func (e *examination) primary(s settings) {
	if s.synchronousNames == "" && e.d.group != nil {
		e.add("waits for no standby, so that a failover can lose acknowledged writes", "synchronous_standby_names = 'ANY 1 (…)', where none may be lost", false)
	}
	if s.synchronous == "off" {
		e.add("acknowledges writes before they are on its disk", "synchronous_commit = on, where none may be lost", false)
	}
	switch {
	case s.walLevel != "logical":
		e.add("its log does not carry what changed (wal_level = "+s.walLevel+")", "wal_level = logical, and a restart", false)
	case s.keptLog == "-1":
		e.add("keeps its log for its readers without a limit: a transaction that writes and stays open can fill the disk",
			"max_slot_wal_keep_size, such as 16GB, above what a standby may fall behind; the change feed begins again where it is reached", false)
	}
	if !s.replication && !s.superuser {
		e.add("the role of Weft may not read the log", "ALTER ROLE … REPLICATION", false)
	}
	if !s.publishes {
		e.add("the role of Weft may not make the publication that the log is read through",
			"GRANT CREATE ON DATABASE … TO the role of Weft, or CREATE PUBLICATION weft by somebody who may", false)
	}
	if s.senders-s.usedSenders < 2 || s.slots-s.usedSlots < 2 {
		e.add("has few places left for readers of its log: "+strconv.Itoa(s.usedSenders)+" of "+strconv.Itoa(s.senders)+" senders and "+
			strconv.Itoa(s.usedSlots)+" of "+strconv.Itoa(s.slots)+" slots are taken", "raise max_wal_senders and max_replication_slots: one of each for an instance or standby", false)
	}
}
