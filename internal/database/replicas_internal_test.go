package database

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/replica"
)

// nameOf is a name of replicas beside a primary. All serve without a network.
func nameOf(t *testing.T, link string) *replicas {
	t.Helper()
	d := &Database{options: Options{URL: "postgres://weft@primary.test/weft", ReplicaURLs: []string{link}}.withDefaults()}
	d.group = replica.New(replica.Options{Ask: func(_ context.Context, m *replica.Member) (replica.Sample, error) {
		return replica.Sample{Standby: m.Name != "primary", Position: position.Position{Timeline: 1, LSN: 1}, System: "1"}, nil
	}})
	config, err := d.postgresConfig(link, false)
	if err != nil {
		t.Fatal(err)
	}
	if d.first, err = d.newServer(t.Context(), config, "primary"); err != nil {
		t.Fatal(err)
	}
	d.group.Add(d.first.name, d.first)
	d.group.Look(t.Context())
	t.Cleanup(d.closeServers)
	return &replicas{d: d, config: config, host: nameIn(config)}
}

// find looks the name up, and asks all servers.
func (r *replicas) find(t *testing.T, found ...string) {
	t.Helper()
	if err := r.update(t.Context(), found); err != nil {
		t.Fatal(err)
	}
	r.d.group.Look(t.Context())
}

// want compares the servers, as NAME=ADDRESS, with those of the group.
func (r *replicas) want(t *testing.T, want ...string) {
	t.Helper()
	var held, members []string
	for _, m := range r.d.group.Members()[1:] {
		members = append(members, m.Name+"="+serverOf(m).pool.Config().ConnConfig.Host)
	}
	for _, h := range r.held {
		held = append(held, h.Name+"="+h.address)
	}
	slices.Sort(members)
	slices.Sort(held)
	if !slices.Equal(held, want) || !slices.Equal(members, want) {
		t.Errorf("servers %v, members %v; want %v", held, members, want)
	}
}

func TestNames(t *testing.T) {
	r := nameOf(t, "postgres://weft@replicas.test:6432/weft")
	r.find(t, "10.0.0.2", "10.0.0.1")
	r.want(t, "replicas.test:6432#2=10.0.0.2", "replicas.test:6432=10.0.0.1")
	for range 3 * maxMissed { // each answer has a part of the addresses
		r.find(t, "10.0.0.1")
		r.find(t, "10.0.0.2")
	}
	r.want(t, "replicas.test:6432#2=10.0.0.2", "replicas.test:6432=10.0.0.1")
	r.find(t, "10.0.0.2", "10.0.0.1")
	for range maxMissed {
		r.want(t, "replicas.test:6432#2=10.0.0.2", "replicas.test:6432=10.0.0.1")
		r.find(t, "10.0.0.2")
	}
	r.want(t, "replicas.test:6432#2=10.0.0.2")
	r.d.group.Failed(r.held[0].Member, "it does not answer")
	r.find(t, "10.0.0.3", "10.0.0.4")
	r.want(t, "replicas.test:6432#2=10.0.0.4", "replicas.test:6432=10.0.0.3")
}

// TestManyAddresses has a name with more addresses than are used.
func TestManyAddresses(t *testing.T) {
	r := nameOf(t, "postgres://weft@replicas.test/weft")
	var found []string
	for i := range maxAddresses + 3 {
		found = append(found, fmt.Sprint("10.0.0.", i+10))
	}
	r.find(t, found...)
	r.find(t, found...)
	if len(r.held) != maxAddresses || len(r.d.group.Members()) != maxAddresses+1 {
		t.Errorf("%d of %d addresses are used", len(r.held), len(found))
	}
	for range maxMissed {
		r.find(t, found[maxAddresses:]...)
	}
	r.find(t, found[maxAddresses:]...)
	if len(r.held) != 3 {
		t.Errorf("later %d are used", len(r.held))
	}
}

// TestNameOfCertificate has TLS ask for the name at each of its addresses.
func TestNameOfCertificate(t *testing.T) {
	r := nameOf(t, "postgres://weft@replicas.test/weft?sslmode=verify-full")
	r.find(t, "10.0.0.1")
	config := serverOf(r.held[0].Member).pool.Config().ConnConfig
	if config.Host != "10.0.0.1" || config.TLSConfig.ServerName != "replicas.test" {
		t.Errorf("%s is asked for the certificate of %s", config.Host, config.TLSConfig.ServerName)
	}
}

func TestNameIn(t *testing.T) {
	for link, want := range map[string]string{
		"postgres://weft@replicas.test/weft":                 "replicas.test",
		"postgres://weft@replicas.test/weft?sslmode=disable": "replicas.test",
		"postgres://weft@10.0.0.1/weft":                      "",
		"postgres://weft@[fe80::1%25eth0]/weft":              "",
		"postgres:///weft?host=/run/postgresql":              "",
		"postgres://weft@a.test,b.test/weft":                 "",
	} {
		if r := nameOf(t, link); r.host != want {
			t.Errorf("the name in %s is %q, want %q", link, r.host, want)
		}
	}
}
