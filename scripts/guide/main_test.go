package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	blocks, err := read("# Guide\n```go\nnot this\n```\n```go new=a/b.go\npackage b\n\nvar x int\n```\n```sh run\ntrue\n```\n")
	if err != nil || len(blocks) != 2 || blocks[0].path != "a/b.go" || len(blocks[0].text) != 3 || blocks[1].kind != "run" {
		t.Errorf("got %+v, %v", blocks, err)
	}
	for name, guide := range map[string]string{
		"no end": "```go new=a\nx\n", "no path": "```go new\n```\n", "no such kind": "```go old=a\n```\n", "nothing to do": "# Guide\n",
	} {
		if _, err := read(guide); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	const text = "a\nb\nc\nb\n"
	for _, c := range []struct{ lines, want, fault string }{
		{" a\n+x", "a\nx\nb\nc\nb\n", ""},
		{"-c\n+d", "a\nb\nd\nb\n", ""},
		{"-a\n-b\n c", "c\nb\n", ""},
		{" b\n+x", "", "2 times"},
		{" z\n+x", "", "0 times"},
		{"a", "", "begins with none"},
	} {
		got, err := edit(text, strings.Split(c.lines, "\n"))
		if c.fault == "" && (err != nil || got != c.want) || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%q: got %q, %v", c.lines, got, err)
		}
	}
}

// TestReplay stops at the first step that fails, and says where it stands.
func TestReplay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := block{kind: "new", path: "file", text: []string{"one", "two"}}
	if err := write.replay(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if err := write.replay(t.Context(), dir); err == nil {
		t.Error("a new file is written over another")
	}
	change := block{kind: "edit", path: "file", text: []string{" one", "+new", "", "-two"}}
	if err := change.replay(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(got) != "one\nnew\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := (block{kind: "run", text: []string{"true", "echo because >&2; false"}}).replay(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "because") {
		t.Errorf("a command that fails: %v", err)
	}
}
