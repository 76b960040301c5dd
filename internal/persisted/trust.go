package persisted

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Trust puts the documents of a manifest in force, each parsed and validated.
// The error names those that the schema does not serve, with their places, and
// then the documents stay as they are.
func (p *Persisted) Trust(ctx context.Context, m *Manifest) error {
	if err := p.Check(ctx, m); err != nil {
		return err
	}
	m.carry(p.trusted.Load())
	p.trusted.Store(m)
	return nil
}

// maxFaults is how many faults of a manifest are listed.
const maxFaults = 50

// Check prepares the documents of a manifest and returns what is wrong with
// them.
func (p *Persisted) Check(ctx context.Context, m *Manifest) error {
	var faults []error
	wrong := 0
	for _, e := range m.Entries {
		document, err := p.options.Prepare(ctx, e.Text)
		if err == nil {
			e.document = document
			continue
		}
		if wrong++; wrong <= maxFaults {
			faults = append(faults, fmt.Errorf("%s: %s: %w", e.Place, e.label(), err))
		}
	}
	if more := wrong - maxFaults; more > 0 {
		faults = append(faults, fmt.Errorf("and %d more", more))
	}
	return errors.Join(faults...)
}

// label is how messages call an entry.
func (e *Entry) label() string {
	switch {
	case e.Name != "":
		return e.Name
	case e.ID != "":
		return e.ID
	}
	return "document"
}

// Trusted is the manifest in force, nil without one.
func (p *Persisted) Trusted() *Manifest { return p.trusted.Load() }

// Watch reads the manifest at path again each time that it has changed, until
// ctx ends. What cannot be read or served is reported, once for each change,
// and the documents stay as they are.
func (p *Persisted) Watch(ctx context.Context, path string, every time.Duration, report func(error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	seen := latest(path)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := latest(path)
		if now == seen {
			continue
		}
		seen = now
		m, err := Read(path)
		if err == nil {
			err = p.Trust(ctx, m)
		}
		if err != nil {
			report(err)
			continue
		}
		p.options.Logger.InfoContext(ctx, "trusted documents changed", "manifest", path, "documents", len(m.Entries))
	}
}

// state tells one content of a manifest from another.
type state struct {
	modified time.Time
	size     int64
	files    int
}

func latest(path string) (s state) {
	_ = filepath.WalkDir(path, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // what is gone is a change too
		}
		info, err := os.Stat(file)
		if err != nil {
			return nil //nolint:nilerr // likewise
		}
		s.files++
		s.size += info.Size()
		if info.ModTime().After(s.modified) {
			s.modified = info.ModTime()
		}
		return nil
	})
	return s
}
