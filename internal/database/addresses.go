package database

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// addresses are those of a name of replicas: a slot for each that it had when
// the database was opened. It is looked up for each new connection: a slot whose
// address the name no longer has takes one that no other slot has, as when a
// replica is started again elsewhere.
type addresses struct {
	name   string
	lookup func(ctx context.Context, host string) ([]string, error)

	mu    sync.Mutex
	slots []string
}

// newAddresses looks a name up. It returns nil if the name does not have several
// addresses, or does not have any just now.
func newAddresses(ctx context.Context, name string, lookup func(context.Context, string) ([]string, error)) *addresses {
	found, err := lookup(ctx, name)
	if err != nil || len(found) < 2 { // the connection tells, as often as it is tried
		return nil
	}
	return &addresses{name: name, lookup: lookup, slots: found}
}

// of returns the address of a slot.
func (a *addresses) of(ctx context.Context, slot int) string {
	found, err := a.lookup(ctx, a.name)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil && !slices.Contains(found, a.slots[slot]) {
		for _, address := range found {
			if !slices.Contains(a.slots, address) {
				a.slots[slot] = address
				break
			}
		}
	}
	return a.slots[slot]
}

// server is the configuration of the server in a slot, and what to call it.
func (a *addresses) server(c *pgxpool.Config, slot int) serverConfig {
	c = c.Copy() // with the name that the certificate has to be for
	c.BeforeConnect = func(ctx context.Context, conn *pgx.ConnConfig) error {
		conn.Host = a.of(ctx, slot)
		for _, f := range conn.Fallbacks {
			f.Host = conn.Host
		}
		return nil
	}
	return serverConfig{c, fmt.Sprintf("%s#%d", hostPort(c), slot+1)}
}
