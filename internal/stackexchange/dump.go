package stackexchange

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// dump is a folder with the files of one site.
type dump struct {
	dir  string
	site string
	// paths by root element; absent where the folder has no such file.
	paths map[string]string
	// total is how many bytes an import reads of the files as they lie there.
	total    int64
	done     int64
	progress func(done, total int64)
}

// files names what an import reads, by root element. Posts are read twice:
// questions first, then answers, as an answer can stand before its question.
var files = []struct {
	root, name string
	passes     int64
	required   bool
}{
	{"users", "Users.xml", 1, true},
	{"tags", "Tags.xml", 1, false},
	{"posts", "Posts.xml", 2, true},
	{"comments", "Comments.xml", 1, false},
	{"votes", "Votes.xml", 1, false},
}

// date is what folders of dumps end in: -2014-05, _20240402, .2020-06-01.
var date = regexp.MustCompile(`[-_. ]+(19|20)\d\d([-_.]?[01]\d([-_.]?[0-3]\d)?)?$`)

// siteName makes the name of a site of that of its folder.
func siteName(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find name of folder: %w", err)
	}
	base := strings.ToLower(filepath.Base(abs))
	site := date.ReplaceAllString(base, "")
	if site == "" || site == "." || site == string(filepath.Separator) {
		return "", fmt.Errorf("the folder %q gives no name for the site: name it with --site", dir)
	}
	return site, nil
}

// openDump looks which files there are; missing holds the optional ones that
// are not.
func openDump(dir, site string) (d *dump, missing []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("read folder of the dump: %w", err)
	}
	if site == "" {
		if site, err = siteName(dir); err != nil {
			return nil, nil, err
		}
	}
	d = &dump{dir: dir, site: site, paths: map[string]string{}}
	for _, f := range files {
		name, size, err := find(entries, f.name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !f.required:
			missing = append(missing, f.name)
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil, fmt.Errorf("the folder %q holds neither %s nor %s.gz%s: %w", dir, f.name, f.name, archiveHint(entries), err)
		case err != nil:
			return nil, nil, fmt.Errorf("find %s: %w", f.name, err)
		default:
			d.paths[f.root] = filepath.Join(dir, name)
			d.total += size * f.passes
		}
	}
	return d, missing, nil
}

// find looks for a file without regard to case; a plain one goes before a
// compressed one.
func find(entries []fs.DirEntry, want string) (name string, size int64, err error) {
	for _, suffix := range []string{"", ".gz"} {
		for _, entry := range entries {
			if entry.IsDir() || !strings.EqualFold(entry.Name(), want+suffix) {
				continue
			}
			info, err := entry.Info()
			if err != nil {
				return "", 0, err
			}
			return entry.Name(), info.Size(), nil
		}
	}
	return "", 0, fs.ErrNotExist
}

func archiveHint(entries []fs.DirEntry) string {
	for _, entry := range entries {
		if strings.HasSuffix(strings.ToLower(entry.Name()), ".7z") {
			return " (unpack " + entry.Name() + " first)"
		}
	}
	return ""
}

// fileName returns the name of the file with this root element, for messages.
func (d *dump) fileName(root string) string { return filepath.Base(d.paths[root]) }

// each calls fn with every row of the file with this root element; a file that
// is not there has none.
func (d *dump) each(root string, fault func(Fault), fn func(line int, row *row) error) (err error) {
	path, ok := d.paths[root]
	if !ok {
		return nil
	}
	name := d.fileName(root)
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open file of the dump: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var in io.Reader = &counted{file, d}
	if strings.HasSuffix(strings.ToLower(name), ".gz") {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return &FileError{File: name, Line: 1, Err: fmt.Errorf("the file is not gzip: %w", err)}
		}
		in = unpacked
	}
	report := func(line int, reason string) { fault(Fault{name, line, reason}) }
	return newReader(in, name, root, report).each(fn)
}

// counted reports the bytes read of a file.
type counted struct {
	file io.Reader
	dump *dump
}

// Read reads and reports.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.dump.done += int64(n)
	if c.dump.progress != nil {
		c.dump.progress(c.dump.done, c.dump.total)
	}
	return n, err
}
