package main

import (
	"context"
	"log/slog"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/admission"
	"github.com/weftql/weft/internal/budget"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/consistency"
	"github.com/weftql/weft/internal/cost"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/document"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/idempotency"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/persisted"
)

// operations is the way of every operation, whatever transport it came by: the
// first step sees it first, and its responses last. docs/architecture.md says
// how to add a step.
func operations(c config.Config, schema graphql.ExecutableSchema, db *database.Database, changes *feed.Feed, who *identity, model *cost.Model, budgets *budget.Budget, documentNames *persisted.Persisted, kept caches, logger *slog.Logger) operation.Handler {
	documents := document.NewCache(0)
	limits := limitsOf(c)
	rules := document.Rules{Introspection: c.Introspection, Suggestions: c.Suggestions}
	mayExplain := func(ctx context.Context) bool {
		return explainsToAll(c) || auth.FromContext(ctx).Administers()
	}
	// What is asked, and by whom. A step that finds texts for ids and hashes goes
	// before the first that reads one.
	asked := []operation.Step{
		operation.Identify(caller),
		budgets.Refusals,
		documentNames.Find,
		document.Parse(documents, limits),
		document.Limit(limits),
		document.Validate(documents, schema.Schema(), rules),
		document.Choose,
		document.Coerce(schema.Schema()),
	}
	admitted := admission.New(admission.Options{Connections: db.MaxConns(), ReadBytes: readBytes(limits)})
	// Whether, when and with what it runs. A kept answer comes before admission:
	// what is refused or known takes no place.
	run := []operation.Step{
		operation.Explain(mayExplain, func() operation.ExplainedFeed { return explained(changes.Status()) }),
		consistency.Step(consistency.NewTokens(who.ring.TokenSecrets)),
		model.Step,
		kept.answers.Find,
		budgets.Step,
		documentNames.Register,
		kept.answers.Serve,
		idempotency.Step,
		graph.AdmitPasswords(who.accounts),
		admitted.Step,
		kept.rows,
		graph.Loaders(admitted.Share(db), limits),
	}
	execute := operation.Execute(operation.ExecuteOptions{
		Schema: schema, Presenter: graph.Presenter(logger), Logger: logger, Introspection: c.Introspection, Bytes: limits.Bytes,
	})
	return operation.Chain(execute, slices.Concat(asked, run)...)
}

// explainsToAll reports whether everybody may have GraphQL-Explain, and not
// administrators only.
func explainsToAll(c config.Config) bool { return c.Env == config.Development }

func explained(s feed.Status) operation.ExplainedFeed {
	return operation.ExplainedFeed{Applied: s.Applied.String(), Whole: s.Whole, Fault: s.Fault}
}

// readBytes is how much text one operation may read for its answer: of each
// list one row more than it shows, and so twice the answer at most.
func readBytes(limits operation.Limits) int { return 2 * limits.WithDefaults().Bytes }

// limitsOf are the limits of one operation.
func limitsOf(c config.Config) operation.Limits {
	return operation.Limits{
		BodyBytes: c.MaxBodyBytes, Tokens: c.Limits.Tokens, Depth: c.Limits.Depth, Aliases: c.Limits.Aliases,
		RootFields: c.Limits.RootFields, Directives: c.Limits.Directives, Fragments: c.Limits.Fragments,
		Objects: c.Limits.Objects, Bytes: c.Limits.Bytes,
	}
}

// caller is whom shares are counted for.
func caller(ctx context.Context) operation.Caller {
	if v := auth.FromContext(ctx); !v.Anonymous() {
		return operation.Caller{User: v.ID.ID}
	}
	return operation.Caller{Network: auth.Network(auth.AddressFromContext(ctx))}
}
