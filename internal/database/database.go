// Package database opens the store, PostgreSQL or a SQLite file, and gives the
// rest of the server three ways into it: Query for reading statements, the ent
// client with WithTx for writes, and Migrate for the schema.
//
// It knows no entity's rules: what may be read or written is decided by its
// callers. Every statement that passes through it is reported to the
// statement.Recorder in the context.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weftql/weft/ent"
	_ "github.com/weftql/weft/ent/runtime" // defaults and validators of the schema
	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/replica"
)

// Options says which store to open and how much it may be asked at once. Only
// URL is required.
type Options struct {
	// URL is "sqlite:PATH" or "postgres://user:password@host:5432/name?…". What
	// a PostgreSQL URL sets in its query (pool_max_conns, connect_timeout,
	// statement_timeout and the like) wins over the defaults below.
	URL string

	// ReplicaURLs are those of further PostgreSQL servers, which have the same
	// database by replication. A name stands for a server at each address that
	// it has at the time. Which of all the servers is the primary is found out,
	// and followed. Default: none.
	ReplicaURLs []string

	// LookupHost returns the addresses of a name in ReplicaURLs. It is asked
	// every two seconds. Default: the system's resolver.
	LookupHost func(ctx context.Context, host string) ([]string, error)

	// Pooler says that URL and ReplicaURLs lead to poolers which take a
	// connection of the server for each transaction, as PgBouncer in transaction
	// mode does. Then time-outs hold within transactions; a read ends with its
	// context.
	Pooler bool

	// DirectURL leads to the primary past the pooler, for what needs a session:
	// Migrate. Needed with Pooler.
	DirectURL string

	// ReplicaMaxLag is how far a replica may be behind for readers who need no
	// position. Zero means one second.
	ReplicaMaxLag time.Duration

	// Logger is told when a server changes its role or state. Default: nobody
	// is.
	Logger *slog.Logger

	// MaxConns bounds the open connections to each server. Zero means four for each CPU that
	// Go may use, at least 8 and at most 64.
	MaxConns int

	// ConnectTimeout bounds the opening of one connection; Open takes at most
	// twice as long. Zero means 5 seconds.
	ConnectTimeout time.Duration

	// StatementTimeout ends a statement on PostgreSQL. Zero means 30 seconds,
	// a negative value none, as bulk writers want it. Migrations have none.
	StatementTimeout time.Duration

	// LockTimeout bounds the wait for another's lock: for a row or a table on
	// PostgreSQL, for the one writer on SQLite. Zero means 5 seconds.
	LockTimeout time.Duration

	// IdleTxTimeout ends the session of a transaction on PostgreSQL that does
	// nothing for so long. Zero means one minute, a negative value none.
	IdleTxTimeout time.Duration

	// Message encodes what a transaction announced: see Announce. On PostgreSQL
	// the message goes through the log with the transaction's COMMIT, prefix
	// "weft"; on SQLite it goes to Committed. It is called at the end of the
	// transaction, in its context, so that it may Query; nil is no message.
	// Default: nothing is sent.
	Message func(ctx context.Context, changes []any) ([]byte, error)

	// Committing is called before each commit of a write on SQLite, while nobody
	// else can write; an error rolls it back. Default: nobody is asked.
	Committing func(ctx context.Context) error

	// Committed is called after each commit of a write on SQLite, one after the
	// other in the order of their positions, and must not write. Default: nobody
	// is told.
	Committed func(at position.Position, message []byte)
}

// Database is an open store. Its methods are safe for concurrent use.
type Database struct {
	options Options
	dialect string
	name    string         // in statement.Statement
	where   string         // in error messages; no password
	path    string         // of the SQLite file, absolute
	pool    *pgxpool.Pool  // nil on SQLite
	first   *server        // that of URL, on PostgreSQL
	group   *replica.Group // of first and the replicas; nil without replicas
	closing sync.WaitGroup // replicas that have left
	reads   reads          // with replicas
	stands  standings
	stop    func()  // ends the watch over the group and its names
	named   bool    // on PostgreSQL: statements are prepared under names
	local   local   // with a pooler
	db      *sql.DB // on PostgreSQL over the primary's pool
	anyDB   *sql.DB // over that of any server that can be read; on SQLite it is db
	client  *ent.Client
	plans   *planCache   // nil on PostgreSQL
	commits sync.Mutex   // held while a write on SQLite is committed and told of
	full    atomic.Int64 // Unix nanoseconds at which the file's disk was last found full; on SQLite
	lost    atomic.Int64 // Unix nanoseconds at which a connection was last found dead
}

// Open connects to the store and checks that it answers. It creates a missing SQLite file with its directory, but no
// tables: that is Migrate. Errors name the store without its password.
func Open(ctx context.Context, o Options) (*Database, error) {
	o = o.withDefaults()
	d := &Database{options: o}
	d.stands.asked.Rest = replica.PrimaryRest
	scheme, rest, _ := strings.Cut(o.URL, ":")
	var err error
	switch scheme {
	case "sqlite":
		d.dialect, d.name = dialect.SQLite, "sqlite"
		err = d.openSQLite(ctx, rest)
	case "postgres", "postgresql":
		d.dialect, d.name = dialect.Postgres, "primary"
		err = d.openPostgres(ctx)
	default:
		return nil, errors.New(`open database: the URL must begin with "sqlite:" or "postgres:"`)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	d.client = ent.NewClient(ent.Driver(newDriver(d)))
	return d, nil
}

// Dialect returns dialect.Postgres or dialect.SQLite of entgo.io/ent/dialect.
func (d *Database) Dialect() string { return d.dialect }

// MaxConns returns how many connections are open at once at most.
func (d *Database) MaxConns() int {
	if d.pool != nil {
		return int(d.pool.Config().MaxConns)
	}
	return d.options.MaxConns
}

// Client returns the ent client, for writes and simple reads.
func (d *Database) Client() *ent.Client { return d.client }

// Pool returns the connections to the primary of PostgreSQL, for bulk writers;
// nil on SQLite. What runs there is not reported to the recorder.
func (d *Database) Pool() *pgxpool.Pool {
	if primary, err := d.writer(); err == nil {
		return primary
	}
	return d.pool
}

// DB returns the store as database/sql, for bulk writers. On PostgreSQL it
// shares the connections of Pool, and follows the primary as that does. What runs there is not reported to the
// recorder.
func (d *Database) DB() *sql.DB { return d.db }

// Ping reports whether the store answers; with replicas, whether one of them
// does.
func (d *Database) Ping(ctx context.Context) error {
	if err := d.ping(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

func (d *Database) ping(ctx context.Context) error {
	if d.group != nil {
		return d.pingAny(ctx)
	}
	if d.pool != nil {
		return d.pool.Ping(ctx)
	}
	// database/sql's ping opens the file without reading it.
	var version int64
	return d.db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version)
}

// Close waits for the connections in use and closes all. It may be called
// twice.
func (d *Database) Close() error {
	d.plans.close()
	if d.stop != nil {
		d.stop()
	}
	err := errors.Join(d.db.Close(), d.anyDB.Close())
	d.closeServers()
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}
