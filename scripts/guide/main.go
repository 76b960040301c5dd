// Command guide replays a guide in a clone of the repository, block by block:
//
//   - a block with "new=PATH" is a file
//   - one with "edit=PATH" changes a file: its lines with "-" are there and go,
//     those with "+" come, and the others are there once, together; an empty
//     line begins the next place
//   - one with "run" are commands, each of which must succeed
//
// Run it at the root: go run ./scripts/guide docs/schema-first.md
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "guide:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	if len(args) != 1 {
		return errors.New("name the guide: docs/schema-first.md")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	blocks, err := read(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	dir, err := os.MkdirTemp("", "weft-guide-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := command(ctx, ".", "git clone --quiet . "+dir); err != nil {
		return err
	}
	for _, b := range blocks {
		if err := b.replay(ctx, dir); err != nil {
			return fmt.Errorf("%s:%d: %w", args[0], b.line, err)
		}
	}
	return nil
}

// block is what one fenced block says to do.
type block struct {
	line       int // of the guide
	kind, path string
	text       []string
}

// read returns the blocks that are to be replayed.
func read(guide string) ([]block, error) {
	var blocks []block
	var open *block
	skip := false
	for i, line := range strings.Split(guide, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case !isFence && open != nil:
			open.text = append(open.text, line)
		case !isFence:
		case open != nil:
			blocks, open = append(blocks, *open), nil
		case skip:
			skip = false
		default:
			_, what, _ := strings.Cut(fence, " ")
			kind, path, _ := strings.Cut(what, "=")
			if kind == "" {
				skip = true
				continue
			}
			if (path == "") != (kind == "run") || kind != "run" && kind != "new" && kind != "edit" {
				return nil, fmt.Errorf("line %d: a block is new=PATH, edit=PATH or run, not %q", i+1, what)
			}
			open = &block{line: i + 1, kind: kind, path: path}
		}
	}
	if open != nil || skip || len(blocks) == 0 {
		return nil, errors.New("a block has no end, or there is none")
	}
	return blocks, nil
}

func (b block) replay(ctx context.Context, dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(b.path))
	switch b.kind {
	case "run":
		for _, line := range b.text {
			if err := command(ctx, dir, line); err != nil {
				return err
			}
		}
		return nil
	case "new":
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("%s is there already", b.path)
		}
		return os.WriteFile(path, []byte(strings.Join(b.text, "\n")+"\n"), 0o644)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed := string(text)
	for place := range strings.SplitSeq(strings.Join(b.text, "\n"), "\n\n") {
		if changed, err = edit(changed, strings.Split(place, "\n")); err != nil {
			return fmt.Errorf("%s: %w", b.path, err)
		}
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}

// edit changes one place of a text.
func edit(text string, lines []string) (string, error) {
	var before, after strings.Builder
	for _, line := range lines {
		if line == "" {
			return "", errors.New("an empty line within a place")
		}
		rest := line[1:] + "\n"
		switch line[0] {
		case '-':
			before.WriteString(rest)
		case '+':
			after.WriteString(rest)
		case ' ':
			before.WriteString(rest)
			after.WriteString(rest)
		default:
			return "", fmt.Errorf("%q begins with none of \"+\", \"-\" and a space", line)
		}
	}
	was := before.String()
	if n := strings.Count(text, was); n != 1 {
		return "", fmt.Errorf("these lines are there %d times, not once:\n%s", n, was)
	}
	return strings.Replace(text, was, after.String(), 1), nil
}

// command runs one line of a shell.
func command(ctx context.Context, dir, line string) error {
	if _, err := fmt.Fprintln(os.Stdout, "$", line); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", line, err, out)
	}
	return nil
}
