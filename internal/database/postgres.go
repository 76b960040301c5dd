package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// server is one PostgreSQL server, whatever its role is just now.
type server struct {
	name  string // in statement.Statement while it is a standby
	where string // in error messages; no password
	pool  *pgxpool.Pool
	probe *pgxpool.Pool // for questions about the server itself, which must not wait for reads; nil without replicas
}

// newServer makes the pools of a server, which connect when they are asked to.
func (d *Database) newServer(ctx context.Context, c *pgxpool.Config, name string) (*server, error) {
	s := &server{name: name, where: whereOf(c)}
	var err error
	if s.pool, err = pgxpool.NewWithConfig(ctx, c); err != nil {
		return nil, fmt.Errorf("%s: %w", s.where, err)
	}
	if len(d.options.ReplicaURLs) == 0 {
		return s, nil
	}
	probe := c.Copy()
	probe.MaxConns, probe.MinConns, probe.MinIdleConns = 2, 0, 0
	if s.probe, err = pgxpool.NewWithConfig(ctx, probe); err != nil {
		s.pool.Close()
		return nil, fmt.Errorf("%s: %w", s.where, err)
	}
	return s, nil
}

// close waits for the connections in use and closes all.
func (s *server) close() {
	s.pool.Close()
	if s.probe != nil {
		s.probe.Close()
	}
}

// openPostgres makes the pools of each server; ent runs over that of the primary.
func (d *Database) openPostgres(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			d.closeServers()
		}
	}()
	if d.options.Pooler && d.options.DirectURL == "" {
		return errors.New("behind a pooler, migrations need the URL of the server itself")
	}
	config, err := d.postgresConfig(d.options.URL, d.options.Pooler)
	if err != nil {
		return err
	}
	if d.first, err = d.newServer(ctx, config, hostPort(config)); err != nil {
		return err
	}
	d.pool, d.where = d.first.pool, d.first.where
	d.named = config.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
	d.db, d.anyDB = following{d.writer}.open(), following{d.any}.open()
	// Long enough for the connection's own timeout to speak first, which names
	// the address.
	ctx, cancel := context.WithTimeout(ctx, 2*d.options.ConnectTimeout)
	defer cancel()
	if len(d.options.ReplicaURLs) > 0 {
		return d.openGroup(ctx)
	}
	if err := d.pool.Ping(ctx); err != nil {
		return fmt.Errorf("%s: %w", d.where, err)
	}
	return nil
}

// servers returns those that are known just now; the first is that of URL.
func (d *Database) servers() []*server {
	if d.group == nil {
		return []*server{d.first}
	}
	members := d.group.Members()
	all := make([]*server, len(members))
	for i, m := range members {
		all[i] = serverOf(m)
	}
	return all
}

func (d *Database) closeServers() {
	if d.first == nil {
		return
	}
	for _, s := range d.servers() {
		s.close()
	}
	d.closing.Wait()
}

func whereOf(c *pgxpool.Config) string {
	conn := c.ConnConfig
	return fmt.Sprintf("PostgreSQL database %q at %s:%d", conn.Database, conn.Host, conn.Port)
}

func hostPort(c *pgxpool.Config) string {
	return net.JoinHostPort(c.ConnConfig.Host, strconv.Itoa(int(c.ConnConfig.Port)))
}

func (d *Database) postgresConfig(address string, pooler bool) (*pgxpool.Config, error) {
	o := d.options
	// The causes of these two errors quote the URL, or pieces of a password
	// that was not encoded.
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the PostgreSQL URL cannot be read: special characters of a password are percent-encoded, as %40 for @")
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the PostgreSQL URL cannot be read: want postgres://user:password@host:5432/name, with settings of PostgreSQL alone after ?")
	}
	conn := config.ConnConfig
	given := u.Query()
	if !given.Has("pool_max_conns") {
		config.MaxConns = int32(o.MaxConns)
	}
	if !given.Has("connect_timeout") {
		conn.ConnectTimeout = o.ConnectTimeout
	}
	for name, value := range map[string]string{
		"application_name":                    "weft",
		"timezone":                            "UTC",
		"weft.app":                            "on", // what it changes is announced, and not by triggers
		"statement_timeout":                   milliseconds(o.StatementTimeout),
		"lock_timeout":                        milliseconds(o.LockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(o.IdleTxTimeout),
		// A request takes one processor, and no time to compile its statements.
		"max_parallel_workers_per_gather": "0",
		"jit":                             "off",
	} {
		if !given.Has(name) {
			conn.RuntimeParams[name] = value
		}
	}
	if pooler {
		if err := d.behindPooler(conn, given.Has("default_query_exec_mode")); err != nil {
			return nil, err
		}
	}
	config.HealthCheckPeriod = 30 * time.Second
	config.PingTimeout = o.ConnectTimeout
	config.ShouldPing = d.shouldPing
	config.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		c.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID,
			Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		if keys, ok := c.TypeMap().TypeForOID(pgtype.UUIDArrayOID); ok {
			if codec, ok := keys.Codec.(*pgtype.ArrayCodec); ok {
				c.TypeMap().RegisterType(&pgtype.Type{Name: keys.Name, OID: keys.OID, Codec: keysCodec{codec}})
			}
		}
		return nil
	}
	return config, nil
}

// shouldPing has a connection checked before it is used again if it was idle
// for a second, or while another was found dead: when a server goes, the
// connections to it die together, and only one statement has to notice.
func (d *Database) shouldPing(_ context.Context, p pgxpool.ShouldPingParams) bool {
	return p.IdleDuration > time.Second ||
		time.Now().Add(-p.IdleDuration).UnixNano() < d.lost.Load()
}

// notice remembers when a connection was found dead.
func (d *Database) notice(err error) {
	if err != nil && d.pool != nil && IsUnavailable(err) {
		d.lost.Store(time.Now().UnixNano())
	}
	if err != nil && d.group != nil && (IsUnavailable(err) || IsReadOnly(err)) {
		d.group.Wake()
	}
}
