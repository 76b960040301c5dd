package stackexchange

import (
	"context"
	"fmt"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
)

// Options says what to import. Only Dir is required.
type Options struct {
	// Dir is the folder with the files of one site.
	Dir string
	// Site is the name of the site that ids are computed with: the same for all
	// dumps of one site, and no other's. Empty means the name of Dir without a
	// date at its end.
	Site string
	// Progress is told how many bytes of how many are read.
	Progress func(done, total int64)
	// Report is told of each broken row.
	Report func(Fault)
}

// Import writes a dump in one transaction. A broken row is reported, counted
// and skipped. A broken file is a *FileError; then, and on any other error,
// nothing is written.
func Import(ctx context.Context, store bulk.Store, o Options) (Summary, error) {
	dump, missing, err := openDump(o.Dir, o.Site)
	if err != nil {
		return Summary{}, err
	}
	m := &importer{dump: dump, site: dump.site, report: o.Report}
	if m.scored, err = m.looksScored(); err != nil {
		return Summary{}, fmt.Errorf("import %s: %w", dump.site, err)
	}
	dump.done, dump.progress = 0, o.Progress
	m.summary.Site, m.summary.Missing = dump.site, missing
	err = bulk.InTx(ctx, store, func(w *bulk.Writer) error { return m.run(ctx, w) })
	if err != nil {
		return Summary{}, fmt.Errorf("import %s: %w", dump.site, err)
	}
	return m.summary, nil
}

// importer is the state of one import, which does not grow with the dump.
type importer struct {
	dump    *dump
	site    string
	report  func(Fault)
	writer  *bulk.Writer
	ghost   typeid.User
	scored  bool // whether the posts of the dump have scores
	summary Summary
}

func (m *importer) run(ctx context.Context, w *bulk.Writer) (err error) {
	m.writer = w
	if m.ghost, err = w.Ghost(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{m.users, m.tags, m.questions, m.answers, m.comments, m.votes} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fault returns what counts and reports the broken rows of a kind.
func (m *importer) fault(count *Count) func(Fault) {
	return func(f Fault) {
		count.Faults++
		if m.report != nil {
			m.report(f)
		}
	}
}

// rows reads a file into batches. malformed is told of what cannot be read as
// rows. read makes a value of a row, or tells with ok that it is not wanted;
// its error is a fault of the row.
func rows[T any](
	ctx context.Context, m *importer, root string, malformed func(Fault), count *Count,
	read func(*row) (value T, ok bool, err error), write func(context.Context, []T) error,
) error {
	fault, name := m.fault(count), m.dump.fileName(root)
	b := batch[T]{write: write}
	err := m.dump.each(root, malformed, func(line int, row *row) error {
		value, ok, err := read(row)
		count.Cleaned += row.cleaned
		switch {
		case err != nil:
			fault(Fault{name, line, err.Error()})
			return nil //nolint:nilerr // a broken row is skipped
		case !ok:
			return nil
		}
		count.Read++
		return b.add(ctx, value, row.size)
	})
	if err != nil {
		return err
	}
	return b.flush(ctx)
}

// A batch is written when it has this many rows or bytes of them.
const (
	batchRows  = 5000
	batchBytes = 8 << 20
)

// batch collects rows.
type batch[T any] struct {
	write func(context.Context, []T) error
	rows  []T
	bytes int
}

func (b *batch[T]) add(ctx context.Context, value T, bytes int) error {
	b.rows = append(b.rows, value)
	b.bytes += bytes
	if len(b.rows) < batchRows && b.bytes < batchBytes {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch[T]) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(b.rows) == 0 {
		return nil
	}
	err := b.write(ctx, b.rows)
	clear(b.rows)
	b.rows, b.bytes = b.rows[:0], 0
	return err
}
