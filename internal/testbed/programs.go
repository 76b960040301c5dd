package testbed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNoPrograms says that PostgreSQL is not installed, and what to do.
var ErrNoPrograms = errors.New(`PostgreSQL's programs (initdb, postgres) were not found; tests and benchmarks start servers of their own. Install them:
  Debian, Ubuntu   apt-get install postgresql
  Fedora           dnf install postgresql-server
  Alpine           apk add postgresql
  macOS            brew install postgresql
or name their directory in WEFT_TEST_PG_BIN (or, for the tests, a running server in WEFT_TEST_POSTGRES_URL)`)

// Programs returns the directory of PostgreSQL's programs: the one given, or
// of those on PATH, or the newest that a distribution keeps off PATH.
func Programs() (string, error) {
	if given := os.Getenv("WEFT_TEST_PG_BIN"); given != "" {
		if !holdsPrograms(given) {
			return "", fmt.Errorf("WEFT_TEST_PG_BIN=%s holds no initdb and postgres", given)
		}
		return given, nil
	}
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
		if target, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(target))
		}
	}
	dirs = append(dirs, distribution("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*",
		"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")...)
	if out, err := exec.CommandContext(context.Background(), "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, string(bytes.TrimSpace(out)))
	}
	if i := slices.IndexFunc(dirs, holdsPrograms); i >= 0 {
		return dirs[i], nil
	}
	return "", ErrNoPrograms
}

// holdsPrograms says whether dir has all that a cluster with standbys needs.
func holdsPrograms(dir string) bool {
	for _, name := range []string{"initdb", "postgres", "pg_basebackup"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// distribution returns the directories that match, the highest version first.
func distribution(patterns ...string) []string {
	var dirs []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err == nil {
			dirs = append(dirs, found...)
		}
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	return dirs
}

// version returns the first number in path, or 0.
func version(path string) int {
	digits := func(r rune) bool { return r < '0' || r > '9' }
	for _, word := range strings.FieldsFunc(path, digits) {
		if n, err := strconv.Atoi(word); err == nil {
			return n
		}
	}
	return 0
}
