package server_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAudits runs the audits of npm graphql-http; it needs Node and
// `npm ci` in scripts/audit.
func TestAudits(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node is not installed")
	}
	folder := filepath.Join("..", "scripts", "audit")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "graphql-http")); err != nil {
		t.Skip("graphql-http is not installed: run npm ci in scripts/audit")
	}
	b := setup(t, nil)
	listening := httptest.NewServer(b.server)
	defer listening.Close()
	command := exec.Command(node, "audit.mjs", listening.URL+"/graphql")
	command.Dir = folder
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if !strings.Contains(string(output), "61 passed, 0 failed") {
		t.Errorf("audits: %s", output)
	}
}
