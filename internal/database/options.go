package database

import (
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"time"
)

func (o Options) withDefaults() Options {
	if o.MaxConns <= 0 {
		o.MaxConns = min(max(4*runtime.GOMAXPROCS(0), 8), 64)
	}
	if o.LookupHost == nil {
		o.LookupHost = net.DefaultResolver.LookupHost
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 5 * time.Second
	}
	if o.StatementTimeout == 0 {
		o.StatementTimeout = 30 * time.Second
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = 5 * time.Second
	}
	if o.IdleTxTimeout == 0 {
		o.IdleTxTimeout = time.Minute
	}
	return o
}

// milliseconds writes a duration as PostgreSQL's and SQLite's settings take
// it, in which 0 means none.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(d, 0).Milliseconds(), 10)
}
