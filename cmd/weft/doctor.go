package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
)

// doctor prints what was found about each database, and fails if something does
// not work.
func doctor(ctx context.Context, in invocation) (err error) {
	if err := in.parse(in.flags("doctor", ""), 0); err != nil {
		return err
	}
	c, err := config.Load(in.environ, dotenv)
	if err != nil {
		return err
	}
	silent := slog.New(slog.DiscardHandler)
	db, err := openDatabases(ctx, c, feed.New(silent), silent)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	wrong := 0
	for _, f := range append(db.Examine(ctx), schemaFinding(ctx, db)) {
		mark := "ok  "
		switch {
		case f.Wrong:
			mark = "FAIL"
			wrong++
		case f.Remedy != "":
			mark = "hint"
		}
		fmt.Fprintf(in.stdout, "%s  %s: %s\n", mark, f.Server, f.Text)
		if f.Remedy != "" {
			fmt.Fprintf(in.stdout, "      %s\n", f.Remedy)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d things do not work", wrong)
	}
	return nil
}

// schemaFinding compares the database's migrations with those of this program.
func schemaFinding(ctx context.Context, db *database.Database) database.Finding {
	f := database.Finding{Server: "schema"}
	pending, err := db.Pending(ctx)
	switch {
	case err != nil:
		f.Text, f.Wrong = err.Error(), true
	case len(pending) > 0:
		f.Text, f.Remedy = fmt.Sprintf("%d migrations are pending, the first is %v", len(pending), pending[0]), "weft migrate, before production serves"
	default:
		f.Text = "up to date"
	}
	return f
}
