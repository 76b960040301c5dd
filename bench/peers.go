//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// peers are the programs in bench/peers by the name of their server.
var peers = []struct{ name, program string }{
	{"Mercurius (JIT)", "mercurius.js"},
	{"GraphQL Yoga", "yoga.js"},
	{"Apollo Server", "apollo.js"},
}

// installPeers fetches the packages of the peers, unless they are there, and
// returns their kinds and versions.
func installPeers(ctx context.Context, dir string) (kinds []kind, versions string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, "", fmt.Errorf("find peers: %w", err)
	}
	// The process that is measured has to be Node itself.
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, "", fmt.Errorf("find Node: %w", err)
	}
	// npm writes this file last.
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); errors.Is(err, fs.ErrNotExist) {
		install := exec.CommandContext(ctx, "npm", "ci")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			return nil, "", fmt.Errorf("npm ci: %w\n%s", err, out)
		}
	}
	for _, p := range peers {
		kinds = append(kinds, kind{
			name: p.name, peer: true, program: node, args: []string{filepath.Join(dir, p.program)},
			ready: "/statements", env: []string{"NODE_ENV=production"},
		})
	}
	versions, err = peerVersions(ctx, node, dir)
	return kinds, versions, err
}

// peerVersions names Node and the packages that the peers are made of.
func peerVersions(ctx context.Context, node, dir string) (string, error) {
	out, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask Node for its version: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return "", fmt.Errorf("read versions of peers: %w", err)
	}
	var manifest struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return "", fmt.Errorf("read versions of peers: %w", err)
	}
	versions := []string{"Node " + strings.TrimSpace(string(out))}
	for _, name := range slices.Sorted(maps.Keys(manifest.Dependencies)) {
		versions = append(versions, name+" "+manifest.Dependencies[name])
	}
	if options := os.Getenv("NODE_OPTIONS"); options != "" {
		versions = append(versions, "NODE_OPTIONS="+options)
	}
	return strings.Join(versions, ", "), nil
}
