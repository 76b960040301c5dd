package database

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// local sets what a session would have been started with, for one transaction.
type local struct {
	sql  string
	args []any
}

// kept are the settings that PgBouncer gives to each connection that its client
// gets. It refuses to start a session with others.
var kept = map[string]bool{
	"application_name": true, "client_encoding": true, "datestyle": true, "timezone": true, "standard_conforming_strings": true,
}

// behindPooler takes from a configuration what a pooler in transaction mode
// refuses or would lose: statements are described, but not prepared under a name
// in a session that the next statement does not meet again, and settings go with
// each transaction.
func (d *Database) behindPooler(conn *pgx.ConnConfig, modeGiven bool) error {
	if !modeGiven {
		conn.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	var calls []string
	var args []any
	for _, name := range slices.Sorted(maps.Keys(conn.RuntimeParams)) {
		switch value := conn.RuntimeParams[name]; {
		case kept[strings.ToLower(name)]:
			continue
		case name == "options":
			return errors.New(`a pooler refuses "options" in the URL: name each setting by itself, as statement_timeout=1000`)
		default:
			args = append(args, name, value)
			calls = append(calls, fmt.Sprintf("set_config($%d, $%d, true)", len(args)-1, len(args)))
			delete(conn.RuntimeParams, name)
		}
	}
	if d.local.sql == "" { // of the first URL
		d.local = local{"SELECT " + strings.Join(calls, ", "), args}
	}
	return nil
}

// direct is how to reach the primary past a pooler.
func (d *Database) direct() (*pgx.ConnConfig, error) {
	if d.options.DirectURL == "" {
		return d.Pool().Config().ConnConfig, nil
	}
	config, err := d.postgresConfig(d.options.DirectURL, false)
	if err != nil {
		return nil, err
	}
	return config.ConnConfig, nil
}
