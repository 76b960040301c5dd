package database

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weftql/weft/internal/replica"
)

const (
	// lookupEvery is how often a name is looked up.
	lookupEvery = 2 * time.Second

	// maxMissed is how many answers in a row must lack the address of a server
	// that serves before it is given up: some resolvers give only a part of many
	// addresses at a time.
	maxMissed = 5

	// maxAddresses bounds the servers of one name, for each gets connections.
	maxAddresses = 16
)

// replicas are the servers that one of ReplicaURLs leads to. Those of a name,
// such as that of a headless service, come and go with its addresses. They
// belong to one goroutine at a time.
type replicas struct {
	d      *Database
	config *pgxpool.Config
	host   string // the name; "" if the URL leads to one server for good
	held   []*resident
	full   bool // the name has more addresses than are used
	lost   bool // the last lookup failed
}

// resident is a server at an address of a name.
type resident struct {
	*replica.Member
	address string // "" stands for a name that has had no address yet
	missed  int    // answers in a row that did not have the address
}

// openReplicas adds the servers of all ReplicaURLs to the group.
func (d *Database) openReplicas(ctx context.Context) ([]*replicas, error) {
	all := make([]*replicas, len(d.options.ReplicaURLs))
	for i, given := range d.options.ReplicaURLs {
		config, err := d.postgresConfig(given, d.options.Pooler)
		if err != nil {
			return nil, err
		}
		all[i] = &replicas{d: d, config: config, host: nameIn(config)}
	}
	found := make([][]string, len(all))
	faults := make([]error, len(all))
	var lookups sync.WaitGroup
	for i, r := range all {
		if r.host != "" {
			lookups.Go(func() { found[i], faults[i] = r.lookup(ctx) })
		}
	}
	lookups.Wait()
	for i, r := range all {
		if err := r.open(ctx, found[i], faults[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// nameIn returns the one name that a configuration leads to, or "" if it leads
// to an address, a socket, or several hosts.
func nameIn(c *pgxpool.Config) string {
	host := c.ConnConfig.Host
	if _, err := netip.ParseAddr(host); err == nil || strings.HasPrefix(host, "/") {
		return ""
	}
	for _, f := range c.ConnConfig.Fallbacks { // with and without TLS
		if f.Host != host {
			return ""
		}
	}
	return host
}

// lookup returns the addresses of the name; none is an error.
func (r *replicas) lookup(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, r.d.options.ConnectTimeout)
	defer cancel()
	found, err := r.d.options.LookupHost(ctx, r.host)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s has no address", r.host)
	}
	return found, err
}

func (r *replicas) open(ctx context.Context, found []string, fault error) error {
	if r.host != "" && fault == nil {
		return r.update(ctx, found)
	}
	config := r.config
	if fault != nil {
		// It is shown as a server that does not answer, so that it is missed.
		config = config.Copy()
		config.BeforeConnect = func(context.Context, *pgx.ConnConfig) error { return fault }
	}
	return r.join(ctx, config, "")
}

// watch looks the name up until ctx ends. Without an answer the servers stay as
// they are.
func (r *replicas) watch(ctx context.Context) {
	tick := time.NewTicker(lookupEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		found, err := r.lookup(ctx)
		if ctx.Err() != nil {
			return
		}
		r.tell(ctx, err)
		if err == nil {
			_ = r.update(ctx, found) // a configuration that makes no pool has failed in Open
		}
	}
}

// tell says in the log when lookups begin to fail, and when they succeed again.
func (r *replicas) tell(ctx context.Context, fault error) {
	lost := fault != nil
	switch {
	case lost && !r.lost:
		r.d.options.Logger.WarnContext(ctx, "a name of replicas is not found: they stay as they are", "name", r.host, "error", fault)
	case !lost && r.lost:
		r.d.options.Logger.InfoContext(ctx, "a name of replicas is found again", "name", r.host)
	}
	r.lost = lost
}

// update has a server at each address that was found. A server whose address
// was not found goes when it does not serve, or was missed too often.
func (r *replicas) update(ctx context.Context, found []string) error {
	r.held = slices.DeleteFunc(r.held, func(h *resident) bool {
		if slices.Contains(found, h.address) {
			h.missed = 0
			return false
		}
		h.missed++
		return (h.missed >= maxMissed || h.Status().Fault != "") && r.leave(ctx, h)
	})
	found = slices.Clone(found)
	slices.Sort(found) // so that instances call a server the same
	full := false
	for _, address := range found {
		switch {
		case slices.ContainsFunc(r.held, func(h *resident) bool { return h.address == address }):
			continue
		case len(r.held) >= maxAddresses:
			full = true
			continue
		}
		config := r.config.Copy() // TLS still asks for a certificate of the name
		config.ConnConfig.Host = address
		for _, f := range config.ConnConfig.Fallbacks {
			f.Host = address
		}
		if err := r.join(ctx, config, address); err != nil {
			return err
		}
	}
	if full && !r.full {
		r.d.options.Logger.WarnContext(ctx, "a name of replicas has more addresses than are used", "name", r.host, "used", maxAddresses)
	}
	r.full = full
	return nil
}

func (r *replicas) join(ctx context.Context, config *pgxpool.Config, address string) error {
	s, err := r.d.newServer(ctx, config, r.free())
	if err != nil {
		return err
	}
	r.held = append(r.held, &resident{Member: r.d.group.Add(s.name, s), address: address})
	if address != "" {
		r.d.options.Logger.InfoContext(ctx, "database is at an address of its name", "database", s.name, "address", address)
	}
	return nil
}

// free returns the first of host:port, host:port#2, host:port#3 and so on that
// no server is called.
func (r *replicas) free() string {
	first := hostPort(r.config)
	name := first
	for n := 2; slices.ContainsFunc(r.held, func(h *resident) bool { return h.Name == name }); n++ {
		name = first + "#" + strconv.Itoa(n)
	}
	return name
}

// leave gives a server up and reports whether it did. Its connections are closed
// when their reads have ended.
func (r *replicas) leave(ctx context.Context, h *resident) bool {
	if !r.d.group.Remove(h.Member) {
		return false
	}
	r.d.closing.Go(serverOf(h.Member).close)
	if h.address != "" {
		r.d.options.Logger.InfoContext(ctx, "database has left its name", "database", h.Name, "address", h.address)
	}
	return true
}
