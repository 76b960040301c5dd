package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/progress"
	"github.com/weftql/weft/internal/seed"
)

// demo is what a first look needs: enough for every list to have pages.
var demo = seed.Options{Users: 300, Posts: 3_000, Comments: 8_000, Tags: 80, Seed: 1}

// seedDatabase fills the database with made-up data of any size.
func seedDatabase(ctx context.Context, in invocation) error {
	o := demo
	set := in.flags("seed", "")
	set.IntVar(&o.Users, "users", o.Users, "how many users")
	set.IntVar(&o.Posts, "posts", o.Posts, "how many posts, replies among them")
	set.IntVar(&o.Comments, "comments", o.Comments, "how many comments")
	set.IntVar(&o.Tags, "tags", o.Tags, "how many tags")
	set.Uint64Var(&o.Seed, "seed", o.Seed, "the same seed and sizes make the same data")
	if err := in.parse(set, 0); err != nil {
		return err
	}
	return withDatabase(ctx, in, func(ctx context.Context, _ config.Config, db *database.Database) error {
		return fill(ctx, in, db, o)
	})
}

// fillDemo fills a database that holds nothing, or the beginning of the same
// data: comments are made last. What anybody else made stays alone.
func fillDemo(ctx context.Context, in invocation, c config.Config, db *database.Database) (err error) {
	done, err := db.Client().Comment.Query().Exist(ctx)
	if err != nil || done {
		return err
	}
	if c.DatabasePooler != config.NoPooler {
		if db, err = openDatabase(ctx, c); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
	}
	if err := fill(ctx, in, db, demo); !errors.Is(err, seed.ErrOtherData) {
		return err
	}
	return nil
}

func fill(ctx context.Context, in invocation, db *database.Database, o seed.Options) error {
	report, finish := progress.New(in.stderr, "seed")
	o.Progress = report
	err := seed.Run(ctx, db, o)
	finish(err)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	return nil
}
