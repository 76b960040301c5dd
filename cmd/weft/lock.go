package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/persisted"
)

const (
	lockName = "operations.lock"
	// lockHead is what the file says of itself.
	lockHead = "# What operations cost: name, hash of the document, points, statements, place.\n" +
		"# Made by: weft operations lock\n"
	// lockManifest begins the line of a manifest whose operations are in the file.
	lockManifest = "# manifest "
)

// lockSources are where a repository has operations beside its manifests.
var lockSources = []string{"README.md", "bench/operations", "graph/examples"}

// locked is one line of the file.
type locked struct {
	name       string // "-" if it has none
	hash       string // the first digits of it
	points     int64
	statements string // "?" if they are not known
	place      string // a path within the repository
}

func (l locked) String() string {
	return fmt.Sprintf("%s %s %d %s %s", l.name, l.hash, l.points, l.statements, l.place)
}

// lockOperations writes what the operations of the repository and of manifests
// cost, or compares it with what is written.
func lockOperations(ctx context.Context, in invocation) error {
	set := in.flags("operations lock", "[MANIFEST...]")
	check := set.Bool("check", false, "write nothing, and fail if the file is not up to date")
	root := set.String("root", "", "the folder of the repository (default: the nearest above with .git or go.mod)")
	if err := in.parse(set, anyNumber); err != nil {
		return err
	}
	c, err := config.Load(in.environ, dotenv)
	if err != nil {
		return err
	}
	dir, err := repository(*root)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, lockName)
	before, err := readLock(path)
	if err != nil {
		return err
	}
	manifests := before.manifests
	if set.NArg() > 0 {
		if manifests, err = within(dir, set.Args()); err != nil {
			return err
		}
	}
	now, err := makeLock(ctx, c, dir, manifests)
	if err != nil {
		return err
	}
	if *check {
		if now.text() == before.was {
			fmt.Fprintf(in.stdout, "%s is up to date: %s\n", lockName, count(int64(len(now.lines)), "operation"))
			return nil
		}
		return fmt.Errorf("%s is not up to date; weft operations lock writes it:\n%s", lockName, before.difference(now))
	}
	if err := os.WriteFile(path, []byte(now.text()), 0o644); err != nil { //nolint:gosec // it is source, and no secret
		return fmt.Errorf("write %s: %w", lockName, err)
	}
	fmt.Fprintf(in.stdout, "%s: %s\n%s", path, count(int64(len(now.lines)), "operation"), before.difference(now))
	return nil
}

// repository is the folder of the repository.
func repository(given string) (string, error) {
	dir, err := filepath.Abs(given)
	if given != "" || err != nil {
		return dir, err
	}
	for at := dir; ; at = filepath.Dir(at) {
		for _, mark := range []string{".git", "go.mod"} {
			if _, err := os.Stat(filepath.Join(at, mark)); err == nil {
				return at, nil
			}
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is in no repository: name its folder by -root", dir)
		}
	}
}

// within are paths as they are from the repository's folder, with slashes.
func within(dir string, paths []string) ([]string, error) {
	from := make([]string, len(paths))
	for i, path := range paths {
		whole, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		if from[i], err = filepath.Rel(dir, whole); err != nil {
			return nil, err
		}
		from[i] = filepath.ToSlash(from[i])
	}
	slices.Sort(from)
	return slices.Compact(from), nil
}

// lock is the content of the file.
type lock struct {
	manifests []string
	lines     []locked
	was       string // as it was read
}

func (l *lock) text() string {
	var b strings.Builder
	b.WriteString(lockHead)
	for _, m := range l.manifests {
		b.WriteString(lockManifest + m + "\n")
	}
	for _, line := range l.lines {
		b.WriteString(line.String() + "\n")
	}
	return b.String()
}

// readLock reads the file; one that is not there has nothing in it.
func readLock(path string) (*lock, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &lock{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", lockName, err)
	}
	// Git may have written it with the line ends of Windows.
	l := &lock{was: strings.ReplaceAll(string(text), "\r\n", "\n")}
	for line := range strings.Lines(l.was) {
		line = strings.TrimSuffix(line, "\n")
		if manifest, ok := strings.CutPrefix(line, lockManifest); ok {
			l.manifests = append(l.manifests, manifest)
		}
		parts := strings.SplitN(line, " ", 5)
		if strings.HasPrefix(line, "#") || len(parts) < 5 {
			continue
		}
		points, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			continue // the comparison tells of it
		}
		l.lines = append(l.lines, locked{parts[0], parts[1], points, parts[3], parts[4]})
	}
	return l, nil
}

// makeLock finds out what the operations of the repository and its manifests
// cost.
func makeLock(ctx context.Context, c config.Config, dir string, manifests []string) (l *lock, err error) {
	entries, err := lockedEntries(dir, manifests)
	if err != nil {
		return nil, err
	}
	e, err := newExplainer(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	l = &lock{manifests: manifests}
	for _, entry := range entries {
		explained, err := e.manifest(ctx, &persisted.Manifest{Entries: []*persisted.Entry{entry}}, nil)
		if err != nil {
			return nil, err
		}
		hash := sha256.Sum256([]byte(entry.Text))
		place, err := within(dir, []string{lineNumber.ReplaceAllString(entry.Place, "")})
		if err != nil {
			return nil, err
		}
		for _, x := range explained {
			line := locked{cmp.Or(x.Name, "-"), hex.EncodeToString(hash[:6]), x.Points, strconv.Itoa(x.Statements.Count), place[0]}
			if x.Statements.Fault != "" {
				line.statements = "?"
			}
			l.lines = append(l.lines, line)
		}
	}
	// Those without a name stay in the order of their file.
	slices.SortStableFunc(l.lines, func(a, b locked) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.place, b.place))
	})
	return l, nil
}

var (
	lineNumber = regexp.MustCompile(`:\d+$`)
	// markdownBlock is a GraphQL document in Markdown.
	markdownBlock = regexp.MustCompile("(?ms)^```graphql\n(.*?)^```$")
)

// lockedEntries are the documents of the repository and of manifests.
func lockedEntries(dir string, manifests []string) ([]*persisted.Entry, error) {
	var all []*persisted.Entry
	for _, source := range lockSources {
		path := filepath.Join(dir, filepath.FromSlash(source))
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if !strings.HasSuffix(source, ".md") {
			m, err := persisted.Read(path)
			if err != nil {
				return nil, err
			}
			all = append(all, m.Entries...)
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text = []byte(strings.ReplaceAll(string(text), "\r\n", "\n"))
		for _, block := range markdownBlock.FindAllSubmatchIndex(text, -1) {
			at := 1 + strings.Count(string(text[:block[2]]), "\n")
			all = append(all, &persisted.Entry{Text: string(text[block[2]:block[3]]), Place: fmt.Sprintf("%s:%d", path, at)})
		}
	}
	for _, manifest := range manifests {
		m, err := persisted.Read(filepath.Join(dir, filepath.FromSlash(manifest)))
		if err != nil {
			return nil, err
		}
		all = append(all, m.Entries...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no operations in %s: name a manifest", dir, strings.Join(lockSources, ", "))
	}
	return all, nil
}
