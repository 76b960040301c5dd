package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/document"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/persisted"
)

// watchManifest is how often the manifest is looked at.
const watchManifest = 2 * time.Second

// newPersisted makes what finds documents by their names, in the process or in
// Redis, with the manifest in force.
func newPersisted(c config.Config, schema *ast.Schema, shared redis.UniversalClient, work *background, logger *slog.Logger) (*persisted.Persisted, error) {
	modes, err := persisted.ParseModes(c.PersistedMode)
	if err != nil {
		return nil, fmt.Errorf("WEFT_PERSISTED_MODE: %w", err)
	}
	memory := persisted.NewMemory(0)
	var store persisted.Store = memory
	if shared != nil {
		both := persisted.NewShared(memory, shared, "weft:document:")
		work.Go(both.Run)
		store = both
	}
	p := persisted.New(persisted.Options{Modes: modes, Store: store, Prepare: prepare(c, schema), Logger: logger})
	if c.PersistedManifest == "" {
		return p, nil
	}
	manifest, err := persisted.Read(c.PersistedManifest)
	if err != nil {
		return nil, fmt.Errorf("WEFT_PERSISTED_MANIFEST: %w", err)
	}
	if err := p.Trust(work.ctx, manifest); err != nil {
		return nil, fmt.Errorf("WEFT_PERSISTED_MANIFEST has documents that this server does not serve:\n%w", err)
	}
	work.Go(func(ctx context.Context) {
		p.Watch(ctx, c.PersistedManifest, watchManifest, func(err error) {
			logger.ErrorContext(ctx, "manifest", "error", err.Error())
		})
	})
	return p, nil
}

// prepare checks trusted documents by the limits of all others. Introspection
// may be among them even where it is off for the rest: who wrote the manifest
// has the schema.
func prepare(c config.Config, schema *ast.Schema) func(context.Context, string) (*operation.Document, error) {
	limits, rules := limitsOf(c), document.Rules{Introspection: true}
	return func(ctx context.Context, text string) (*operation.Document, error) {
		return document.Prepare(ctx, text, limits, schema, rules)
	}
}
