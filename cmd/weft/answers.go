package main

import (
	"context"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/answer"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
)

// newAnswers makes the cache of answers, which says what may be kept by others
// even if it keeps nothing itself.
func newAnswers(c config.Config, schema *ast.Schema, db *database.Database, changes *feed.Feed) (*answer.Answers, error) {
	model, err := cachepolicy.New(schema)
	if err != nil {
		return nil, fmt.Errorf("check caching: %w", err)
	}
	o := answer.Options{Model: model, Bytes: c.ResponseCache, Scope: scope}
	if c.ResponseCache > 0 {
		o.Changes = cache.New(db, changes)
	}
	return answer.New(o), nil
}

// scope is all of a viewer that what they see depends on.
func scope(ctx context.Context) string {
	v := auth.FromContext(ctx)
	if v.Anonymous() {
		return ""
	}
	return string(v.Role) + " " + v.ID.String()
}
