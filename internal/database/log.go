package database

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// LogReaders returns how to connect to each server as a reader of its log, past
// a pooler. Only the one that is the primary lets itself be read.
//
// A reader that stops without a word, as a paused machine does, would hold up
// the server's shutdown and its checkpoints; so the connection has the server
// give it up after 5 seconds.
func (d *Database) LogReaders() ([]*pgconn.Config, error) {
	if d.pool == nil {
		return nil, errors.New("SQLite has no log to read")
	}
	var found []*pgconn.Config
	if d.options.DirectURL != "" {
		c, err := d.direct()
		if err != nil {
			return nil, err
		}
		found = append(found, c.Config.Copy())
	} else {
		for _, s := range d.servers() {
			found = append(found, s.pool.Config().ConnConfig.Config.Copy())
		}
	}
	for _, c := range found {
		c.RuntimeParams = map[string]string{
			"application_name": "weft feed", "replication": "database",
			"wal_sender_timeout": "5s", "tcp_user_timeout": "5000",
		}
	}
	return found, nil
}
