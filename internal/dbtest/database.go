package dbtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/testbed"
)

// NewDatabase returns the URL of a new empty database, which goes when t ends.
func (c *Cluster) NewDatabase(t testing.TB) string {
	t.Helper()
	return c.create(t, "template0")
}

// Clone returns the URL of a new database that is a copy of the template
// called name. The first call fills the template: fill gets the URL of an empty
// database, and what it leaves connected to it is cut off.
func (c *Cluster) Clone(t testing.TB, name string, fill func(url string) error) string {
	t.Helper()
	c.mu.Lock()
	once, ok := c.template[name]
	if !ok {
		once = sync.OnceValue(func() error { return c.fillTemplate(name, fill) })
		c.template[name] = once
	}
	c.mu.Unlock()
	if err := once(); err != nil {
		t.Fatal(err)
	}
	return c.create(t, c.templateName(name))
}

func (c *Cluster) templateName(name string) string { return c.prefix + "_template_" + name }

func (c *Cluster) fillTemplate(name string, fill func(url string) error) error {
	database := c.templateName(name)
	if err := c.createFrom(database, "template0"); err != nil {
		return err
	}
	if err := fill(c.on(database)); err != nil {
		return fmt.Errorf("fill template %s: %w", name, err)
	}
	// A template with an open session cannot be copied.
	if err := c.exec("ALTER DATABASE " + quote(database) + " ALLOW_CONNECTIONS false"); err != nil {
		return fmt.Errorf("close template %s: %w", name, err)
	}
	err := c.exec("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", database)
	if err != nil {
		return fmt.Errorf("close template %s: %w", name, err)
	}
	return nil
}

func (c *Cluster) create(t testing.TB, template string) string {
	t.Helper()
	database := c.prefix + "_" + strconv.FormatInt(c.serial.Add(1), 10)
	if err := c.createFrom(database, template); err != nil {
		t.Fatal(err)
	}
	if !c.private { // a private cluster goes whole
		t.Cleanup(func() {
			// A reader of the log that has gone keeps its slot for a moment.
			err := testbed.Poll(context.Background(), patience, func() error { return c.exec("DROP DATABASE " + quote(database) + " WITH (FORCE)") })
			if err != nil {
				t.Errorf("drop database: %v", err)
			}
		})
	}
	return c.on(database)
}

func (c *Cluster) createFrom(database, template string) error {
	sql := "CREATE DATABASE " + quote(database) + " TEMPLATE " + quote(template)
	if c.Node != nil {
		sql += " OWNER " + owner
	}
	if err := c.exec(sql); err != nil {
		return fmt.Errorf("create database from %s: %w", template, err)
	}
	return nil
}

// on returns the URL of a database for a test.
func (c *Cluster) on(database string) string {
	u := *c.client
	u.Path = "/" + database
	return u.String()
}

// NameOf is the name of the database in a URL that NewDatabase gave.
func NameOf(link string) string {
	link, _, _ = strings.Cut(link, "?")
	return link[strings.LastIndexByte(link, '/')+1:]
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

const externalPrefix = "weft_test_"

// external uses a server that somebody else runs. Test binaries share it, so
// each has a number in the names of its databases and holds an advisory lock
// of that number. The next binary drops what an ended one left: its templates,
// or everything, if it was killed.
func external(given string) (*Cluster, error) {
	u, err := url.Parse(given)
	if err != nil {
		return nil, errors.New("WEFT_TEST_POSTGRES_URL is not a URL") // the cause would show the password
	}
	id := rand.Int32()
	c := &Cluster{
		admin: u, client: u, prefix: externalPrefix + strconv.Itoa(int(id)),
		template: map[string]func() error{},
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, given) // open, for the lock, until the binary ends
	if err != nil {
		return nil, fmt.Errorf("connect to WEFT_TEST_POSTGRES_URL: %w", err)
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(id)); err != nil {
		return nil, fmt.Errorf("lock test databases: %w", err)
	}
	c.lock = conn
	return c, sweep(ctx, conn)
}

// sweep drops the databases of test binaries that have ended.
func sweep(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", externalPrefix)
	if err != nil {
		return fmt.Errorf("list test databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list test databases: %w", err)
	}
	for _, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, externalPrefix), "_")
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			continue // not one of ours
		}
		var ended bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", id).Scan(&ended); err != nil {
			return fmt.Errorf("lock test databases: %w", err)
		}
		if !ended {
			continue
		}
		if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)"); err != nil {
			return fmt.Errorf("drop test database: %w", err)
		}
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", id); err != nil {
			return fmt.Errorf("unlock test databases: %w", err)
		}
	}
	return nil
}
