//go:build linux

package consistency_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/weftql/weft/internal/testbed"
)

// instance is a server in a process of its own.
type instance struct {
	command testbed.Command
	server  *testbed.Server
}

func init() { startProcesses = startInstances }

func startInstances(t *testing.T, c *checker) {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "weft")
	if err := testbed.Build(t.Context(), binary, "github.com/weftql/weft/cmd/weft"); err != nil {
		t.Fatal(err)
	}
	var all [2]*instance
	for i := range all {
		in := &instance{command: testbed.Command{
			Name: fmt.Sprint("weft", i), Program: binary, Dir: dir, Ready: "/readyz",
			Env: []string{
				"WEFT_DATABASE_URL=" + c.proxies[0].URL(c.name), "WEFT_DATABASE_REPLICA_URLS=" + c.proxies[1].URL(c.name) + "," + c.proxies[2].URL(c.name),
				"WEFT_DATA_DIR=" + dir, "WEFT_DATABASE_MAX_CONNS=8", "WEFT_COST_MODE=off", "WEFT_LOG_LEVEL=error",
			},
		}}
		var err error
		if in.server, err = testbed.Start(t.Context(), in.command); err != nil {
			t.Fatal(err)
		}
		in.command.Addr, in.command.Private = in.server.Addr, in.server.Private
		t.Cleanup(func() { _ = in.server.Kill() }) // its work is done
		c.servers[i], all[i] = "http://"+in.server.Addr, in
	}
	c.restart = func(ctx context.Context, t *testing.T, server int) {
		t.Helper()
		in := all[server]
		if err := in.server.Kill(); err != nil {
			t.Fatal(err)
		}
		var err error
		if in.server, err = testbed.Start(context.WithoutCancel(ctx), in.command); err != nil {
			t.Fatal(err)
		}
	}
}
