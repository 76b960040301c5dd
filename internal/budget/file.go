package budget

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// File is a policy file that is read again when it changes.
type File struct {
	path string
	seen stamp
}

// stamp tells two contents of a file apart.
type stamp struct {
	modified time.Time
	size     int64
}

// maxFile bounds a policy file, in bytes.
const maxFile = 1 << 20

// OpenFile reads the policies of a file.
func OpenFile(path string) (*File, *Policies, error) {
	f := &File{path: path}
	p, err := f.read()
	return f, p, err
}

func (f *File) read() (*Policies, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, fmt.Errorf("read budgets: %w", err)
	}
	f.seen = stamp{info.ModTime(), info.Size()}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("read budgets: %s is larger than 1 MiB", f.path)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return nil, fmt.Errorf("read budgets: %w", err)
	}
	return Parse(text)
}

// Watch calls set with the policies each time the file has changed, until ctx
// ends. It checks at the given interval, and reads the file at once when a
// signal arrives on again. A file that cannot be read is reported, once for
// each change, and the policies stay as they are.
func (f *File) Watch(ctx context.Context, every time.Duration, again <-chan os.Signal, set func(*Policies), report func(error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-again:
			asked = true
		case <-ticker.C:
		}
		info, err := os.Stat(f.path)
		now := stamp{}
		if err == nil {
			now = stamp{info.ModTime(), info.Size()}
		}
		if now == f.seen && !asked {
			continue
		}
		f.seen = now
		policies, err := f.read()
		switch {
		case err == nil:
			set(policies)
		case errors.Is(err, os.ErrNotExist):
			report(fmt.Errorf("%w; the budgets stay as they are", err))
		default:
			report(err)
		}
	}
}
