package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOperationsLock wants operations.lock of this repository to be up to date.
func TestOperationsLock(t *testing.T) {
	t.Parallel()
	if _, stderr, code := called(t, "operations", "lock", "-check", "-root", "../.."); code != 0 {
		t.Error(stderr)
	}
}

// TestLockDifference changes what is in a repository, and wants the check to say
// what has changed and to write nothing.
func TestLockDifference(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	lines := func() string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(root, lockName))
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for line := range strings.Lines(string(text)) {
			parts := strings.Fields(line)
			if !strings.HasPrefix(line, "#") {
				parts[1] = "HASH"
			}
			kept = append(kept, strings.Join(parts, " "))
		}
		return strings.Join(kept[2:], "\n")
	}
	must := func(args ...string) string {
		t.Helper()
		stdout, stderr, code := called(t, append([]string{"operations", "lock", "-root", root}, args...)...)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return stdout
	}

	if _, stderr, code := called(t, "operations", "lock", "-root", root); code != 1 || !strings.Contains(stderr, "no operations") {
		t.Errorf("an empty repository: exit %d: %s", code, stderr)
	}
	put("README.md", "# A\n\n```graphql\n{ users { totalCount } }\n```\n\n```graphql\n{ viewer { name } }\n```\n")
	put("graph/examples/1.graphql", "query A { posts(first: 10) { nodes { title } } }")
	put("graph/examples/2.graphql", "query Gone { viewer { name } }")
	manifest := put("web/manifest.json", `{"x": "query B($id: ID!) { post(id: $id) { title author { name } } }"}`)
	must(manifest)
	if diff := cmp.Diff(`# manifest web/manifest.json
- HASH 1669 1 README.md
- HASH 141 1 README.md
A HASH 150 1 graph/examples/1.graphql
B HASH 242 2 web/manifest.json
Gone HASH 141 1 graph/examples/2.graphql`, lines()); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	if got := must("-check"); !strings.Contains(got, "up to date: 5 operations") {
		t.Errorf("right after it was made: %s", got)
	}

	before := lines()
	put("graph/examples/1.graphql", "query A { posts(first: 20) { nodes { title author { name } } } }")
	put("graph/examples/3.graphql", "query New { users { totalCount } }")
	if err := os.Remove(filepath.Join(root, "graph/examples/2.graphql")); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := called(t, "operations", "lock", "-check", "-root", root)
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{
		"A, graph/examples/1.graphql: 150 → 280 points, 1 → 2 statements, another text\n",
		"Gone, graph/examples/2.graphql: is gone\n",
		"New, graph/examples/3.graphql: is new: 1669 points, 1 statement\n",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("the difference lacks %q:\n%s", want, stderr)
		}
	}
	if strings.Contains(stderr, "README.md") || strings.Contains(stderr, "B, ") {
		t.Errorf("the difference tells of what has not changed:\n%s", stderr)
	}
	if diff := cmp.Diff(before, lines()); diff != "" {
		t.Errorf("the check wrote:\n%s", diff)
	}
	must()
	must("-check")

	put("graph/examples/1.graphql", "query A {\n  nothing\n}")
	if _, stderr, code := called(t, "operations", "lock", "-check", "-root", root); code != 1 || !strings.Contains(stderr, "1.graphql:1: line 2: ") {
		t.Errorf("what the schema does not serve: exit %d: %s", code, stderr)
	}
}
