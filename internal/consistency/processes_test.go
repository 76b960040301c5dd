//go:build linux

package consistency_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/weftql/weft/internal/testbed"
)

func init() { startProcesses = startInstances }

func startInstances(t *testing.T, c *checker) {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "weft")
	if err := testbed.Build(t.Context(), binary, "github.com/weftql/weft/cmd/weft"); err != nil {
		t.Fatal(err)
	}
	var all [2]*testbed.Server
	for i := range all {
		s, err := testbed.Start(t.Context(), testbed.Command{
			Name: fmt.Sprint("weft", i), Program: binary, Dir: dir, Ready: "/readyz",
			Env: []string{
				"WEFT_DATABASE_URL=" + c.proxies[0].URL(c.name), "WEFT_DATABASE_REPLICA_URLS=" + c.proxies[1].URL(c.name) + "," + c.proxies[2].URL(c.name),
				"WEFT_DATA_DIR=" + dir, "WEFT_DATABASE_MAX_CONNS=8", "WEFT_COST_MODE=off", "WEFT_LOG_LEVEL=error",
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Kill() }) // its work is done
		c.servers[i], all[i] = "http://"+s.Addr, s
	}
	c.restart = func(ctx context.Context, t *testing.T, server int) {
		t.Helper()
		if err := all[server].Kill(); err != nil {
			t.Fatal(err)
		}
		if err := all[server].Restart(context.WithoutCancel(ctx)); err != nil {
			t.Fatal(err)
		}
	}
}
