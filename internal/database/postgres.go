package database

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres makes one pool, over which ent runs too.
func (d *Database) openPostgres(ctx context.Context) error {
	config, err := d.postgresConfig()
	if err != nil {
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("%s: %w", d.where, err)
	}
	// Long enough for the connection's own timeout to speak first, which names
	// the address.
	ctx, cancel := context.WithTimeout(ctx, 2*d.options.ConnectTimeout)
	defer cancel()
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return fmt.Errorf("%s: %w", d.where, err)
	}
	d.pool, d.db = pool, stdlib.OpenDBFromPool(pool)
	d.named = config.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
	return nil
}

func (d *Database) postgresConfig() (*pgxpool.Config, error) {
	o := d.options
	// The causes of these two errors quote the URL, or pieces of a password
	// that was not encoded.
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("the PostgreSQL URL cannot be read: special characters of a password are percent-encoded, as %40 for @")
	}
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, errors.New("the PostgreSQL URL cannot be read: want postgres://user:password@host:5432/name, with settings of PostgreSQL alone after ?")
	}
	conn := config.ConnConfig
	d.where = fmt.Sprintf("PostgreSQL database %q at %s:%d", conn.Database, conn.Host, conn.Port)

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
		"statement_timeout":                   milliseconds(o.StatementTimeout),
		"lock_timeout":                        milliseconds(o.LockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(o.IdleTxTimeout),
	} {
		if !given.Has(name) {
			conn.RuntimeParams[name] = value
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
}
