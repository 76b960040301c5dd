package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/budget"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/cost"
	"github.com/weftql/weft/internal/ratelimit"
)

// watchBudgets is how often the policy file is looked at.
const watchBudgets = 2 * time.Second

// newBudget makes the budgets of callers, in the process or in Redis, and keeps
// them in the background. Without Redis there is no fallback.
func newBudget(c config.Config, model *cost.Model, shared redis.UniversalClient, work *background, logger *slog.Logger) (*budget.Budget, *ratelimit.Fallback, error) {
	var limiter ratelimit.Limiter = ratelimit.NewMemory(0)
	var fallback *ratelimit.Fallback
	if shared != nil {
		fallback = ratelimit.NewFallback(ratelimit.FallbackOptions{
			Shared: ratelimit.NewRedis(shared, "weft:budget:"),
			Check:  ratelimit.NewPresence(shared, "weft:instances").Count,
			Logger: logger,
		})
		work.Go(fallback.Run)
		limiter = fallback
	}
	settler := ratelimit.NewSettler(limiter)
	work.Go(settler.Run)
	options := budget.Options{
		Model: model, Limiter: limiter, Settler: settler, Mode: budget.Mode(c.CostMode), Role: roleOf, Hold: 2 * c.RequestTimeout,
	}
	if c.CostPolicy == "" {
		return budget.New(options), fallback, nil
	}
	file, policies, err := budget.OpenFile(c.CostPolicy)
	if err != nil {
		return nil, nil, err
	}
	options.Policies = policies
	b := budget.New(options)
	work.Go(func(ctx context.Context) {
		hangup := make(chan os.Signal, 1)
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
		file.Watch(ctx, watchBudgets, hangup, func(p *budget.Policies) {
			b.SetPolicies(p)
			logger.InfoContext(ctx, "budgets changed", "file", c.CostPolicy)
		}, func(err error) {
			logger.ErrorContext(ctx, "budgets", "error", err.Error())
		})
	})
	return b, fallback, nil
}

// roleOf is the role of who asks, as policies name it.
func roleOf(ctx context.Context) string {
	v := auth.FromContext(ctx)
	switch {
	case v.Anonymous():
		return budget.Anonymous
	case v.Administers():
		return budget.Administrator
	case v.Moderates():
		return budget.Moderator
	}
	return budget.User
}
