package main

import (
	"context"
	"fmt"

	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/progress"
	"github.com/weftql/weft/internal/stackexchange"
)

// importDump imports the dump of one Stack Exchange site: all of it or, on a
// broken file, nothing.
func importDump(ctx context.Context, in invocation) error {
	set := in.flags("import", "stackexchange DIR")
	site := set.String("site", "", "name of the site, the same for all its dumps (default: the folder's name without a date at its end)")
	strict := set.Bool("strict", false, "fail, with exit status 1, when rows of the dump were skipped; the others are imported all the same")
	if err := in.parse(set, 2); err != nil {
		return err
	}
	if set.Arg(0) != "stackexchange" {
		fmt.Fprintf(in.stderr, "weft: cannot import %q, only stackexchange\n", set.Arg(0))
		return errUsage
	}
	return withDatabase(ctx, in, func(ctx context.Context, _ config.Config, db *database.Database) error {
		report, finish := progress.New(in.stderr, "import")
		summary, err := stackexchange.Import(ctx, db, stackexchange.Options{
			Dir:      set.Arg(1),
			Site:     *site,
			Progress: report,
			Report:   func(f stackexchange.Fault) { fmt.Fprintln(in.stderr, "broken row:", f) },
		})
		finish(err)
		if err != nil {
			return err
		}
		if _, err := summary.WriteTo(in.stdout); err != nil {
			return err
		}
		if n := summary.LeftOut(); *strict && n > 0 {
			return fmt.Errorf("rows of the dump were skipped: %d; the others are imported", n)
		}
		return nil
	})
}
