package ratelimit

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

//go:embed account.lua
var accountScript string

// Redis keeps the accounts in Redis 7, or in a Redis Cluster: each account is
// one key, and each call runs one script. It calls the script by its hash, and
// sends the text if the server does not know it. Times are by the server's
// clock.
type Redis struct {
	client redis.Scripter
	prefix string
	script *redis.Script
}

// NewRedis returns a limiter whose keys begin with prefix. The client must not
// repeat commands by itself (MaxRetries is -1), or a reservation would be made
// twice. It should observe deadlines (ContextTimeoutEnabled is true).
func NewRedis(client redis.Scripter, prefix string) *Redis {
	return &Redis{client: client, prefix: prefix, script: redis.NewScript(accountScript)}
}

// Reserve implements Limiter.
func (r *Redis) Reserve(ctx context.Context, q Request) (Decision, error) {
	numbers, err := r.run(ctx, "reserve", q.Key, q.Policy, q.ID, q.Cost, q.Hold.Microseconds(), q.Leave)
	if err != nil {
		return Decision{}, fmt.Errorf("reserve in Redis: %w", err)
	}
	if len(numbers) != 4 {
		return Decision{}, errors.New("reserve in Redis: the script answered something else")
	}
	return Decision{
		Allowed:    numbers[0] == 1,
		Remaining:  numbers[1],
		RetryAfter: microseconds(numbers[2]),
		ResetAfter: microseconds(numbers[3]),
	}, nil
}

// Settle implements Limiter.
func (r *Redis) Settle(ctx context.Context, s Settlement) error {
	if _, err := r.run(ctx, "settle", s.Key, s.Policy, s.ID, s.Cost, 0, 0); err != nil {
		return fmt.Errorf("settle in Redis: %w", err)
	}
	return nil
}

func (r *Redis) run(ctx context.Context, what, key string, p Policy, id uint64, cost, hold, leave int64) ([]int64, error) {
	algorithm := p.Algorithm
	if algorithm == "" {
		algorithm = TokenBucket
	}
	return r.script.Run(ctx, r.client, []string{r.prefix + key},
		what, string(algorithm), p.Capacity, p.Rate, strconv.FormatUint(id, 10), cost, hold, leave,
	).Int64Slice()
}
