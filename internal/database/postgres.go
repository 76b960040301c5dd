package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
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

// openPostgres makes a pool for each URL; ent runs over that of the primary.
func (d *Database) openPostgres(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			d.closeServers()
		}
	}()
	if d.options.Pooler && d.options.DirectURL == "" {
		return errors.New("behind a pooler, migrations need the URL of the server itself")
	}
	for i, given := range append([]string{d.options.URL}, d.options.ReplicaURLs...) {
		configs, err := d.serverConfigs(ctx, given, i > 0)
		if err != nil {
			return err
		}
		for _, c := range configs {
			pool, err := pgxpool.NewWithConfig(ctx, c.Config)
			if err != nil {
				return fmt.Errorf("%s: %w", whereOf(c.Config), err)
			}
			s := &server{name: c.name, where: whereOf(c.Config), pool: pool}
			d.servers = append(d.servers, s)
			if len(d.options.ReplicaURLs) == 0 {
				continue
			}
			probe := c.Copy()
			probe.MaxConns, probe.MinConns, probe.MinIdleConns = 2, 0, 0
			if s.probe, err = pgxpool.NewWithConfig(ctx, probe); err != nil {
				return fmt.Errorf("%s: %w", s.where, err)
			}
		}
	}
	first := d.servers[0]
	d.pool, d.where = first.pool, first.where
	d.named = first.pool.Config().ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
	d.db, d.anyDB = following{d.writer}.open(), following{d.any}.open()
	// Long enough for the connection's own timeout to speak first, which names
	// the address.
	ctx, cancel := context.WithTimeout(ctx, 2*d.options.ConnectTimeout)
	defer cancel()
	if len(d.servers) > 1 {
		return d.openGroup(ctx)
	}
	if err := d.pool.Ping(ctx); err != nil {
		return fmt.Errorf("%s: %w", d.where, err)
	}
	return nil
}

func (d *Database) closeServers() {
	for _, s := range d.servers {
		s.pool.Close()
		if s.probe != nil {
			s.probe.Close()
		}
	}
}

func whereOf(c *pgxpool.Config) string {
	conn := c.ConnConfig
	return fmt.Sprintf("PostgreSQL database %q at %s:%d", conn.Database, conn.Host, conn.Port)
}

// serverConfig is the configuration of a server, and what it is called.
type serverConfig struct {
	*pgxpool.Config
	name string
}

func hostPort(c *pgxpool.Config) string {
	return net.JoinHostPort(c.ConnConfig.Host, strconv.Itoa(int(c.ConnConfig.Port)))
}

// serverConfigs returns the configuration of the server of a URL. The name of
// replicas may have several addresses, and each of them is a server.
func (d *Database) serverConfigs(ctx context.Context, given string, replica bool) ([]serverConfig, error) {
	config, err := d.postgresConfig(given, d.options.Pooler)
	if err != nil {
		return nil, err
	}
	host := config.ConnConfig.Host
	if replica && !strings.HasPrefix(host, "/") && (len(config.ConnConfig.Fallbacks) == 0 || config.ConnConfig.Fallbacks[0].Host == host) {
		if all := newAddresses(ctx, host, d.options.LookupHost); all != nil {
			configs := make([]serverConfig, len(all.slots))
			for slot := range configs {
				configs[slot] = all.server(config, slot)
			}
			return configs, nil
		}
	}
	return []serverConfig{{config, hostPort(config)}}, nil
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
