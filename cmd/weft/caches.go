package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"entgo.io/ent/dialect"
	"github.com/redis/go-redis/v9"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/answer"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/rowcache"
)

// caches keep what was read, until the feed tells that it has changed.
type caches struct {
	answers *answer.Answers // even if it keeps nothing, it says what others may keep
	kept    *rowcache.Cache // nil if no rows are kept
	rows    operation.Step

	// What the instances share in Redis; nil if nothing is shared.
	sharedAnswers, sharedRows *rediscache.Cache
}

func newCaches(ctx context.Context, c config.Config, schema *ast.Schema, db *database.Database, told *feed.Feed, shared redis.UniversalClient, work *background) (caches, error) {
	model, err := cachepolicy.New(schema)
	if err != nil {
		return caches{}, fmt.Errorf("check caching: %w", err)
	}
	o := answer.Options{Model: model, Bytes: c.ResponseCache, Scope: scope}
	made := caches{rows: func(next operation.Handler) operation.Handler { return next }}
	if c.ResponseCache > 0 || c.RowCache > 0 {
		o.Changes = cache.New(db, told)
	}
	if o.Changes != nil && shared != nil && db.Dialect() == dialect.Postgres {
		name, err := db.Identity(ctx)
		if err != nil {
			return caches{}, err
		}
		// Another database, program or schema has other answers and rows.
		sum := sha256.New()
		fmt.Fprintf(sum, "%s\n%s\n", name, revision())
		formatter.NewFormatter(sum).FormatSchema(schema)
		share := func(what string) *rediscache.Cache {
			of := rediscache.New(shared, "weft:"+what+":"+hex.EncodeToString(sum.Sum(nil)[:8])+":")
			work.Go(of.Run)
			return of
		}
		if c.ResponseCache > 0 {
			made.sharedAnswers = share("answer")
		}
		if c.RowCache > 0 {
			made.sharedRows = share("row")
		}
	}
	if c.RowCache > 0 {
		made.kept = rowcache.New(rowcache.Options{Changes: o.Changes, Bytes: c.RowCache, Shared: made.sharedRows})
		made.rows = made.kept.Step
	}
	o.Shared = made.sharedAnswers
	made.answers = answer.New(o)
	if c.ResponseCache > 0 {
		work.Go(made.answers.Run)
	}
	return made, nil
}

// scope is all of a viewer that what they see depends on.
func scope(ctx context.Context) string {
	v := auth.FromContext(ctx)
	if v.Anonymous() {
		return ""
	}
	return string(v.Role) + " " + v.ID.String()
}
